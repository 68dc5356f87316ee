package import Settings

/// Who the service is among agents (Synadia Agent Protocol for NATS, 0.3), and where it is found: the section `agents`.
package struct AgentSettings: Configurable {
    /// What kind of agent it is.
    static let agent = "rosey"
    /// The version of the protocol.
    static let protocolVersion = "0.3"
    /// The group that shares prompts, and the name of the service that every agent is.
    static let group = "agents"

    /// Who runs it: `a`-`z`, `0`-`9`, `-` and `_`; empty: it is no agent.
    package var owner = ""
    /// Which one it is of theirs: as ``owner``. A conversation belongs to it.
    package var name = "default"
    /// How often it says that it is there.
    package var heartbeat: Duration = .seconds(30)
    /// How long a caller is left without a word.
    package var patience: Duration = .seconds(20)

    /// The defaults.
    package init() {}

    package mutating func read(_ section: inout Section) {
        let expected = "a to z, 0 to 9, - and _, at most 63"
        section.string("owner", &owner, expected: expected, where: Self.isToken)
        section.string("name", &name, expected: expected, where: Self.isToken)
    }

    /// Whether a text may be a part of a subject.
    private static func isToken(_ text: String) -> Bool {
        text.utf8.count <= 63
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
            }
    }

    /// Where prompts come.
    package var promptSubject: String { subject("prompt") }
    /// Where it is asked how it does.
    package var statusSubject: String { subject("status") }
    /// Where it says that it is there.
    package var heartbeatSubject: String { subject("hb") }

    private func subject(_ verb: String) -> String { "agents.\(verb).\(Self.agent).\(owner).\(name)" }
}
