import FoundationEssentials
import JSON
import ServiceRuntime
package import Settings

extension Configuration {
    /// Puts together what the command line, the environment, the file and the defaults say, in that order of weight.
    ///
    /// - Parameters:
    ///   - path: the file's. Paths in the file, like this one, start at the working directory.
    ///   - explicit: whether somebody asked for this file; if not, it may be missing.
    ///   - environment: `NATS_URL` (servers, separated by commas), `OLLAMA_HOST`, `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
    ///     `OPENROUTER_API_KEY` (each for the provider that is named after its type), `ROSEY_LLM_PROVIDER`, and whatever
    ///     the file asks for by `${NAME}`. An empty variable says nothing.
    ///   - overrides: the command line's.
    /// - Returns: the configuration; what was odd, one line each; and the settings by their paths, without secrets.
    /// - Throws: everything that is wrong, at once.
    package static func load(
        path: String, explicit: Bool, environment: [String: String] = [:], overrides: Overrides = Overrides()
    ) throws(ConfigurationError) -> (configuration: Configuration, warnings: [String], settings: [Section.Setting]) {
        var root = Section(try object(path: path, explicit: explicit), environment: Environment(environment))
        var configuration = Configuration()
        configuration.read(&root, overrides)
        let (faults, warnings) = (root.faults.map(\.withoutControls), root.warnings.map(\.withoutControls))
        guard faults.isEmpty else { throw ConfigurationError(faults, warnings: warnings) }
        return (configuration, warnings, root.settings)
    }

    private static func object(path: String, explicit: Bool) throws(ConfigurationError) -> JSONObject {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            if explicit { throw ConfigurationError(["\(path): there is no such file"]) }
            return JSONObject()
        }
        guard !isDirectory, let bytes = try? Data(contentsOf: URL(filePath: path)) else {
            throw ConfigurationError(["\(path): \(isDirectory ? "is a directory" : "cannot be read")"])
        }
        let text = [UInt8](bytes)
        if let object = JSONObject(text) { return object }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: text) } catch {
            throw ConfigurationError(["\(path): not JSON: \(error)"])
        }
        throw ConfigurationError(["\(path): expected an object, got \(value.kind)"])
    }
}
