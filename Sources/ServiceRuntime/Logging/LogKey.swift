/// The names under which facts stand in the log.
public enum LogKey: String, Sendable {
    case address
    case answered
    case channel
    case code
    case count
    case detail
    case dropped
    case failed
    case file
    case heldBack = "held.back"
    case hint
    case ignored
    case name
    case provider
    case reason
    case requestID = "request.id"
    case server
    case seconds
    case signal
    case subject
    case version
}
