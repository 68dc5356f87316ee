import Configuration
import FoundationEssentials
import Testing

typealias Loaded = (configuration: Configuration, warnings: [String])

/// Runs `body` with the path of a file that holds `text`, and removes the file.
@discardableResult func withFile<Result>(_ text: String, _ body: (_ path: String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "rosey-llm-\(UUID().uuidString)")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

/// What a file that holds `text` comes to.
func load(
    _ text: String, environment: [String: String] = [:], overrides: Configuration.Overrides = .init()
) throws -> Loaded {
    try withFile(text) { path in
        let loaded = try Configuration.load(
            path: path, explicit: true, environment: environment, overrides: overrides)
        return (loaded.configuration, loaded.warnings)
    }
}

/// What is wrong with a file that holds `text`; the file itself is called `FILE`.
func faults(
    _ text: String, environment: [String: String] = [:], overrides: Configuration.Overrides = .init()
) throws -> [String] {
    try withFile(text) { path in
        do throws(ConfigurationError) {
            _ = try Configuration.load(path: path, explicit: true, environment: environment, overrides: overrides)
            return []
        } catch {
            return error.faults.map { $0.replacing(path, with: "FILE") }
        }
    }
}
