import JSON
import ServiceRuntime

extension Configuration {
    /// Puts the environment over the file and the command line over both, and settles the default provider.
    /// - Returns: what is wrong.
    mutating func apply(_ environment: Environment, _ overrides: Overrides, _ root: Section) -> [String] {
        var faults: [String] = []
        if let text = overrides.natsURL {
            faults += connect(text, from: "--nats")
        } else if let text = environment["NATS_URL"] {
            faults += connect(text, from: "NATS_URL")
        }
        logging.level = overrides.logLevel ?? logging.level
        logging.format = overrides.logFormat ?? logging.format
        addProviders(environment, overrides, isConfigured: root.has("providers"))
        let written = root.fields["providers"]?.object ?? [:]
        for name in providers.keys.sorted() {
            providers[name]?.apply(environment, written: written[name]?.object ?? [:], faults: &faults)
        }
        return faults + chooseProvider(environment, overrides, root) + readFallbacks(root)
    }

    private mutating func connect(_ text: String, from source: String) -> [String] {
        var list = ServerList()
        var faults: [String] = []
        for entry in text.split(separator: ",") where !entry.allSatisfy(\.isWhitespace) {
            do throws(AddressFault) { try list.add(String(entry)) } catch {
                faults.append("\(source): \(error.text(got: .string(String(entry))))")
            }
        }
        if list.servers.isEmpty, faults.isEmpty { faults.append("\(source): expected at least one server, got none") }
        nats.use(list)
        return faults
    }

    /// Adds what need not be configured: providers whose key is in the environment where the file names none at all, and
    /// the one that the operator asks for by its type.
    private mutating func addProviders(_ environment: Environment, _ overrides: Overrides, isConfigured: Bool) {
        let wanted = overrides.provider ?? environment["ROSEY_LLM_PROVIDER"]
        for type in Provider.Kind.allCases where providers[type.rawValue] == nil {
            let variables = [type.keyVariable, type.addressVariable].compactMap { $0 }
            let isThere = !isConfigured && variables.contains { environment[$0] != nil }
            if isThere || wanted == type.rawValue {
                providers[type.rawValue] = Provider(name: type.rawValue, type: type)
            }
        }
    }

    private mutating func chooseProvider(
        _ environment: Environment, _ overrides: Overrides, _ root: Section
    ) -> [String] {
        var section = root
        // A provider of the file that is not here has a fault of its own already.
        let written = root.fields["providers"]?.object ?? [:]
        let isThere = { [providers] name in providers[name] != nil || written[name] != nil }
        if let name = overrides.provider {
            if !isThere(name) { return ["--provider: \(noProvider(.string(name)))"] }
            defaultProvider = name
        } else if let name = environment["ROSEY_LLM_PROVIDER"] {
            if !isThere(name) { return ["ROSEY_LLM_PROVIDER: \(noProvider(.string(name)))"] }
            defaultProvider = name
        } else if let name = section.string("default_provider") {
            if !isThere(name) {
                section.fault("default_provider", noProvider(root.fields["default_provider"] ?? .null))
            }
            defaultProvider = name
        } else if !isThere(defaultProvider) {
            // Which one is meant is plain where there is one, or one besides the script.
            let candidates = providers.values.filter { $0.type != .scripted || providers.count == 1 }
            if let only = candidates.first, candidates.count == 1 {
                defaultProvider = only.name
            } else if section.faults.isEmpty {
                section.fault("default_provider", expected: "one of \(names)")
            }
        }
        return Array(section.faults.dropFirst(root.faults.count))
    }

    private var names: String { providers.keys.sorted().joined(separator: ", ") }

    private func noProvider(_ written: JSONValue) -> String {
        "no provider \(written.brief) is configured (there are: \(names))"
    }
}
