/// Cuts a stream of bytes into lines, however it was cut into pieces before.
///
/// Each byte is looked at once. What is kept between two pieces is the beginning of one line, at most `maxBytes` of it.
struct LineSplitter {
    /// A line was longer than is taken.
    struct LineTooLong: Error, Equatable {}

    /// Which bytes end a line.
    enum Ending {
        /// A line feed; a carriage return before it is left to whoever reads the line.
        case lineFeed
        /// A line feed, a carriage return, or both together (server-sent events).
        case any
    }

    private let ending: Ending
    private let maxBytes: Int
    private var rest: [UInt8] = []
    /// The last byte was a carriage return: a line feed right after it ends no further line.
    private var endedWithReturn = false

    /// - Parameter maxBytes: of a line, its end left out.
    init(ending: Ending, maxBytes: Int) {
        self.ending = ending
        self.maxBytes = maxBytes
    }

    /// Takes the next piece. Returns the lines that end in it, without their ends.
    mutating func feed(_ piece: [UInt8]) throws(LineTooLong) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var index = endedWithReturn && piece.first == UInt8(ascii: "\n") ? 1 : 0
        if !piece.isEmpty { endedWithReturn = false }
        var start = index
        while index < piece.count {
            let byte = piece[index]
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && ending == .any else {
                index += 1
                continue
            }
            lines.append(try line(endingWith: piece[start..<index]))
            index += 1
            if byte == UInt8(ascii: "\r") {
                if index == piece.count { endedWithReturn = true }
                if index < piece.count, piece[index] == UInt8(ascii: "\n") { index += 1 }
            }
            start = index
        }
        guard piece.count - start + rest.count <= maxBytes else { throw LineTooLong() }
        if start < piece.count { rest += piece[start...] }
        return lines
    }

    /// The stream is over. Returns the line that has no end, if one is left.
    mutating func finish() -> ArraySlice<UInt8>? {
        defer { rest = [] }
        return rest.isEmpty ? nil : rest[...]
    }

    private mutating func line(endingWith end: ArraySlice<UInt8>) throws(LineTooLong) -> ArraySlice<UInt8> {
        guard rest.count + end.count <= maxBytes else { throw LineTooLong() }
        if rest.isEmpty { return end }
        rest += end
        defer { rest = [] }
        return rest[...]
    }
}
