/// Who the service is among agents (Synadia Agent Protocol for NATS, 0.3), and where it is found.
package struct AgentSettings: Sendable, Equatable {
    /// What kind of agent it is.
    static let agent = "rosey"
    /// The version of the protocol.
    static let protocolVersion = "0.3"
    /// The group that shares prompts, and the name of the service that every agent is.
    static let group = "agents"

    /// Who runs it: `a`-`z`, `0`-`9`, `-` and `_`.
    package var owner: String
    /// Which one it is of theirs: as ``owner``. A conversation belongs to it.
    package var name: String
    /// How often it says that it is there.
    package var heartbeat: Duration
    /// How long a caller is left without a word.
    package var patience: Duration

    /// Settings.
    package init(
        owner: String, name: String = "default", heartbeat: Duration = .seconds(30), patience: Duration = .seconds(20)
    ) {
        (self.owner, self.name, self.heartbeat, self.patience) = (owner, name, heartbeat, patience)
    }

    /// Where prompts come.
    package var promptSubject: String { subject("prompt") }
    /// Where it is asked how it does.
    package var statusSubject: String { subject("status") }
    /// Where it says that it is there.
    package var heartbeatSubject: String { subject("hb") }

    private func subject(_ verb: String) -> String { "agents.\(verb).\(Self.agent).\(owner).\(name)" }
}
