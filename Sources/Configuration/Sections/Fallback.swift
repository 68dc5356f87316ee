import JSON
import ServiceRuntime

extension Configuration {
    /// Who is asked, in order, where the provider of that name could not answer: its own list, or else the global one
    /// without itself. Each is `NAME` or `NAME/MODEL`.
    package func fallback(of provider: String) -> [String] {
        providers[provider]?.fallback ?? fallback.filter { $0 != provider && !$0.hasPrefix("\(provider)/") }
    }

    /// Reads every `fallback`: last of all, for the environment and the command line can add providers too.
    /// - Returns: what is wrong.
    mutating func readFallbacks(_ root: Section) -> [String] {
        let written = root.fields["providers"]?.object ?? [:]
        // A provider of the file that is not here has a fault of its own already: it is known.
        let names = Set(providers.keys).union(written.keys).sorted()
        var top = Section(root.fields, environment: root.environment)
        fallback = top.fallback(among: names) ?? []
        var faults = top.faults

        let resilience = root.fields["resilience"]?.object ?? [:]
        var section = Section(resilience, path: "resilience", environment: root.environment)
        if section.has("fallback"), top.has("fallback") {
            section.fault("fallback", "there is fallback at the top already: one of the two is enough")
        } else if let list = section.fallback(among: names) {
            fallback = list
        }
        faults += section.faults

        for name in providers.keys.sorted() {
            let fields = written[name]?.object ?? [:]
            var part = Section(fields, path: "providers.\(name)", environment: root.environment)
            providers[name]?.fallback = part.fallback(among: names, of: name)
            faults += part.faults
        }
        return faults
    }
}

extension Section {
    /// The list `fallback`, or one name for a list of one.
    /// - Parameters:
    ///   - names: the providers that it may name.
    ///   - owner: the provider that it belongs to.
    fileprivate mutating func fallback(among names: [String], of owner: String? = nil) -> [String]? {
        guard let entries = entries("fallback") else { return nil }
        var seen: Set<String> = []
        for entry in entries {
            // The model may have slashes of its own.
            let parts = entry.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            if parts.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
                reader.fault(entry.place, expected: "NAME or NAME/MODEL of a provider", got: entry.written)
            } else if !names.contains(name) {
                let hint = NearestName.hint(for: name, among: names.filter { $0 != owner })
                fault(entry.place, "unknown provider \(entry.written.brief)\(hint)")
            } else if name == owner {
                fault(entry.place, "a provider does not stand in for itself")
            } else if !seen.insert(entry.text).inserted {
                fault(entry.place, "\(entry.written.brief) is in the list already")
            }
        }
        return entries.map(\.text)
    }
}
