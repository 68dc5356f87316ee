/// Cuts a stream of bytes into lines, however it was cut into pieces before.
///
/// Each byte is looked at once, and copied only where a line came in several pieces. What is kept between two pieces is
/// the beginning of one line, at most `maxBytes` of it.
///
/// Lines are asked for one by one, so that what came before a fault is read before the fault is met.
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
    /// The beginning of a line, from the pieces before.
    private var rest: [UInt8] = []
    private var piece: [UInt8] = []
    /// Where in the piece the next line begins.
    private var start = 0
    /// The last line ended with a carriage return: a line feed right after it ends no further line.
    private var endedWithReturn = false

    /// - Parameter maxBytes: of a line, its end left out.
    init(ending: Ending, maxBytes: Int) {
        self.ending = ending
        self.maxBytes = maxBytes
    }

    /// Takes the next piece. All lines of the one before must have been asked for.
    mutating func feed(_ piece: [UInt8]) {
        self.piece = piece
        start = 0
    }

    /// The next line that ends in the piece, without its end; nil where there is no other.
    mutating func next() throws(LineTooLong) -> ArraySlice<UInt8>? {
        if endedWithReturn, start < piece.count {
            endedWithReturn = false
            if piece[start] == UInt8(ascii: "\n") { start += 1 }
        }
        let end = endOfLine()
        guard rest.count + end - start <= maxBytes else { throw LineTooLong() }
        guard end < piece.count else {
            if rest.isEmpty, start == 0 { rest = piece } else { rest += piece[start...] }
            piece = []
            start = 0
            return nil
        }
        let line = piece[start..<end]
        endedWithReturn = piece[end] == UInt8(ascii: "\r")
        start = end + 1
        if rest.isEmpty { return line }
        rest += line
        defer { rest = [] }
        return rest[...]
    }

    /// The stream is over. Returns the line that has no end, if one is left.
    mutating func finish() -> ArraySlice<UInt8>? {
        defer { rest = [] }
        return rest.isEmpty ? nil : rest[...]
    }

    /// Where the line's end is, or the piece's.
    private func endOfLine() -> Int {
        let bytes = piece.span
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            // Most bytes are beyond both: one comparison will do.
            if byte <= UInt8(ascii: "\r"), byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && ending == .any {
                break
            }
            index += 1
        }
        return index
    }
}
