/// Why a text is no JSON, and where: `line 3, column 9: expected a value, found "}"`.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was wrong. Holds at most one character of the text, so it is fit for a log.
    public let reason: String
    /// The line, from 1.
    public let line: Int
    /// The column in Unicode scalars, from 1.
    public let column: Int

    /// - Parameters:
    ///   - reason: what was wrong.
    ///   - index: the byte at which it was seen.
    ///   - bytes: the text.
    init(_ reason: String, at index: Int, of bytes: [UInt8]) {
        let before = bytes[..<min(index, bytes.count)]
        let newline = UInt8(ascii: "\n")
        let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
        self.reason = reason
        line = 1 + before.reduce(0) { $1 == newline ? $0 + 1 : $0 }
        column = 1 + before[start...].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }

    /// Place and reason.
    public var description: String { "line \(line), column \(column): \(reason)" }
}
