/// The form of the log's lines.
public enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One JSON object a line, for machines.
    case json
}
