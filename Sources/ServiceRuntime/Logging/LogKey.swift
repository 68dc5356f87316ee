/// The names under which facts stand in the log.
public enum LogKey: String, Sendable {
    case answered
    case bucket
    case channel
    case code
    case count
    case detail
    case dropped
    case failed
    case heldBack = "held.back"
    case hint
    case ignored
    case key
    case next
    case provider
    case reason
    case requestID = "request.id"
    case server
    case seconds
    case signal
    case subject
    case unsent
    case version
    case wait
    case work
}
