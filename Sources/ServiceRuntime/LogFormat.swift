/// How a line of the log is written.
public enum LogFormat: String, CaseIterable, Sendable {
    /// For people: time, level, message, then `key=value`.
    case text
    /// For machines: one JSON object a line.
    case json
}
