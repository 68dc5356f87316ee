public import FoundationEssentials
public import ServiceRuntime
import Synchronization

/// Writes log entries to standard error, each on one line.
///
/// The message is constant; what varies is in the metadata. All values are escaped, so that no text from outside
/// can forge a line. The content of conversations and secrets do not belong here.
public struct Log: Sendable {
    private let threshold: LogThreshold
    private let format: LogFormat
    private let write: @Sendable ([UInt8]) -> Void
    private let now: @Sendable () -> Date

    /// Creates a log.
    ///
    /// - Parameters:
    ///   - level: The lowest level that is written.
    ///   - format: Lines for people, or one JSON object a line.
    ///   - now: Returns the time of an entry.
    ///   - write: Writes a whole line, which ends with a line feed.
    public init(
        level: LogLevel = .info, format: LogFormat = .text, now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable ([UInt8]) -> Void = StandardError.write
    ) {
        threshold = LogThreshold(level)
        self.format = format
        self.now = now
        self.write = write
    }

    /// The lowest level that is written. Setting it sets it for all copies of this log.
    public var level: LogLevel {
        get { threshold.level }
        nonmutating set { threshold.level = newValue }
    }

    /// A log that writes nothing.
    public static let silent = Log(level: .error, write: { _ in })

    /// For whoever debugs the service.
    public func debug(_ message: String, _ facts: @autoclosure () -> KeyValuePairs<LogKey, String> = [:]) {
        if level <= .debug { entry(.debug, message, facts()) }
    }

    /// For the operator: what happened.
    public func info(_ message: String, _ facts: @autoclosure () -> KeyValuePairs<LogKey, String> = [:]) {
        if level <= .info { entry(.info, message, facts()) }
    }

    /// For the operator: what may need a hand.
    public func warning(_ message: String, _ facts: @autoclosure () -> KeyValuePairs<LogKey, String> = [:]) {
        if level <= .warning { entry(.warning, message, facts()) }
    }

    /// For the operator: what went wrong.
    public func error(_ message: String, _ facts: @autoclosure () -> KeyValuePairs<LogKey, String> = [:]) {
        entry(.error, message, facts())
    }

    private func entry(_ level: LogLevel, _ message: String, _ facts: KeyValuePairs<LogKey, String>) {
        let time = now().formatted(.iso8601)
        var line: String
        switch format {
        case .text:
            line = "\(time) \(level.rawValue) \(Self.isHarmless(message) ? message : Self.escaped(message))"
            for (key, value) in facts { line += " \(key.rawValue)=\(Self.plain(value))" }
        case .json:
            line =
                "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"message\":\(Self.quoted(message))"
            for (key, value) in facts { line += ",\"\(key.rawValue)\":\(Self.quoted(value))" }
            line += "}"
        }
        write(Array((line + "\n").utf8))
    }

    /// As it stands where that cannot be misread, else quoted.
    private static func plain(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        return isPlain ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        isHarmless(text) ? "\"\(text)\"" : escaped(text)
    }

    private static func isHarmless(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _
            where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                || scalar.value == 0x2028 || scalar.value == 0x2029:
                let hex = String(scalar.value, radix: 16)
                if scalar.value <= 0xFFFF {
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    result += " "
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// The least level of a log and its copies, which may change while they are written to.
private final class LogThreshold: Sendable {
    private let value: Atomic<Int>

    init(_ level: LogLevel) { value = Atomic(level.rank) }

    var level: LogLevel {
        get { LogLevel.allCases[value.load(ordering: .relaxed)] }
        set { value.store(newValue.rank, ordering: .relaxed) }
    }
}

/// How much an entry of the log matters.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    case debug
    case info
    case warning
    case error

    /// Less important first, as they are listed.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    /// Its place among all of them.
    fileprivate var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}

/// The form of the log's lines.
public enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One JSON object a line, for machines.
    case json
}

/// The names under which facts stand in the log.
public enum LogKey: String, Sendable {
    case answered
    case bucket
    case changed
    case channel
    case client
    case code
    case count
    case detail
    case dropped
    case failed
    case heldBack = "held.back"
    case hint
    case ignored
    case intake
    case key
    case next
    case permission
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
