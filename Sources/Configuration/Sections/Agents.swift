import JSON

extension Configuration {
    /// `agents`: the service as an agent that others find on NATS and prompt.
    package struct Agents: Sendable, Equatable {
        /// `enabled`: whether it is one, once it has an owner. Default true.
        package var isEnabled = true
        /// `owner`: who runs it; `a` to `z`, `0` to `9`, `-` and `_`, at most 63. Default none: it is no agent.
        package var owner: String?
        /// `name`: which one it is of theirs; as `owner`. Default `default`.
        package var name = "default"

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Agents {
    /// Takes over what the section `agents` says.
    mutating func read(_ section: inout Section) {
        isEnabled = section.reader.bool("enabled") ?? isEnabled
        owner = Self.token("owner", &section)
        name = Self.token("name", &section) ?? name
    }

    /// A part of a subject.
    private static func token(_ key: String, _ section: inout Section) -> String? {
        guard let text = section.string(key) else { return nil }
        let isToken =
            text.utf8.count <= 63
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
            }
        if isToken { return text }
        section.fault(key, expected: "a to z, 0 to 9, - and _, at most 63")
        return nil
    }
}
