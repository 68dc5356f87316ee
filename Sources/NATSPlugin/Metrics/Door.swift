/// Which way a request came in.
enum Door: String, Sendable, CaseIterable {
    /// Somebody typed it in a room.
    case command
    /// A plugin's, on `llm.request`.
    case request
    /// The same, kept by JetStream until it is answered.
    case job
    /// On `rosey.llm.*`.
    case call
    /// A prompt for an agent.
    case agent
}
