import Configuration
import FoundationEssentials
import JSON
import Settings

/// Where the configuration comes from: the command line, the environment and the file. Can be read again.
struct ConfigurationSource: Sendable {
    /// What was read.
    struct Loaded: Sendable {
        var configuration: Configuration
        /// What is odd, one line each.
        var warnings: [String]
        /// The settings by their paths, without secrets.
        var settings: [String: JSONValue]
        /// Whether the first provider that can answer is to be the default (`--provider auto`).
        var choosesProvider: Bool
    }

    /// The provider's name that means: the first that can answer.
    private static let anyProvider = "auto"

    private let path: String
    private let isExplicit: Bool
    private let overrides: Configuration.Overrides
    private let environment: [String: String]
    /// Where the configuration and the environment come from, one line each.
    let description: [String]

    /// - Parameter command: what is to be done. The service has its environment from whoever starts it. All others are
    ///   started by hand, and read the file `environment` beside the configuration, as the unit does.
    init(_ invocation: Invocation, _ environment: [String: String]) {
        path = invocation.configurationFile
        let isThere = FileManager.default.fileExists(atPath: path)
        // One that was there is to be there when it is read again.
        isExplicit = invocation.isConfigurationExplicit || isThere
        overrides = invocation.overrides
        let nothing = "no file \(path) here and none named (--config): the defaults are used"
        var description = ["Configuration: " + (isThere ? path : nothing)]
        var environment = environment
        if isThere, ![.serve, .gateway].contains(invocation.command) {
            let file = EnvironmentFile(beside: path)
            // What was typed counts more; an empty variable is none.
            environment.merge(file.variables) { typed, written in typed.isEmpty ? written : typed }
            description += file.description.map { [$0] } ?? []
        }
        (self.environment, self.description) = (environment, description)
    }

    /// Reads it all.
    func load() throws(CommandFailure) -> Loaded {
        let (environment, overrides, choosesProvider) = choosing
        do throws(ConfigurationError) {
            let (configuration, warnings, settings) = try Configuration.load(
                path: path, explicit: isExplicit, environment: environment, overrides: overrides)
            return Loaded(
                configuration: configuration, warnings: warnings,
                settings: Dictionary(settings.map { ($0.path, $0.value) }) { $1 }, choosesProvider: choosesProvider)
        } catch {
            let lines = error.faults + error.warnings.map { "warning: \($0)" }
            throw CommandFailure(.configuration, "the configuration cannot be used:\n" + lines.joined(separator: "\n"))
        }
    }

    private var choosing: ([String: String], Configuration.Overrides, choosesProvider: Bool) {
        let asked = overrides.provider ?? environment["ROSEY_LLM_PROVIDER"]
        guard asked == Self.anyProvider else { return (environment, overrides, false) }
        var (environment, overrides) = (environment, overrides)
        overrides.provider = nil
        environment["ROSEY_LLM_PROVIDER"] = nil
        return (environment, overrides, true)
    }
}

/// The file with variables that the unit reads (`EnvironmentFile=`): a `NAME=value` a line, comments after `#` or `;`.
struct EnvironmentFile {
    private(set) var variables: [String: String] = [:]
    /// One line about it; nil where there is none.
    private(set) var description: String?

    /// - Parameter configuration: the path of the configuration.
    init(beside configuration: String) {
        let path = URL(filePath: configuration).deletingLastPathComponent().appending(path: "environment").path
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory else { return }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            description = "Environment: \(path) may not be read by this user: its variables are missing here"
            return
        }
        variables = Self.parse(String(decoding: data, as: UTF8.self))
        description = "Environment: \(path)"
    }

    /// What systemd understands of it, but for lines that go on after a backslash.
    static func parse(_ text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop(while: \.isWhitespace)
            guard let first = line.first, first != "#", first != ";", let equals = line.firstIndex(of: "=") else {
                continue
            }
            let name = line[..<equals].filter { !$0.isWhitespace }
            var value = line[line.index(after: equals)...].drop(while: \.isWhitespace)
            while value.last?.isWhitespace == true { value.removeLast() }
            for quote in ["\"", "'"] where value.count > 1 && value.hasPrefix(quote) && value.hasSuffix(quote) {
                value = value.dropFirst().dropLast()
                break
            }
            if !name.isEmpty { variables[name] = String(value) }
        }
        return variables
    }
}
