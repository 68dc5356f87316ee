/// How much is logged: a level and everything graver.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// For whoever looks for a fault in the service.
    case debug
    /// The operator's story: started, connected, stopped.
    case info
    /// Something is wrong, and the service lives with it.
    case warning
    /// Something is lost.
    case error

    /// Whether the first is less grave.
    public static func < (one: LogLevel, other: LogLevel) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
