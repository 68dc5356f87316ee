/// Reads server-sent events from bytes as they come (WHATWG HTML, section 9.2.6).
///
/// More lenient than the standard in two things. An event that the stream's end cuts off before its empty line is handed
/// over all the same, for several servers do not send that line; whether it is whole is for its reader to see. And what some
/// servers write into a stream to tell of a failure is an event too: llama.cpp's field `error:`, one of that name, and JSON
/// without a field's name.
struct ServerSentEventParser {
    /// One event.
    struct Event: Equatable {
        /// Its type; empty where none was given.
        var name = ""
        /// The lines of its data, joined by line feeds.
        var data: [UInt8] = []
    }

    /// The largest line and the largest event taken, in bytes.
    static let maxBytes = 1 << 20

    private static let data = Array("data".utf8)
    private static let event = Array("event".utf8)
    private static let error = Array("error".utf8)

    private var lines: LineSplitter
    private let maxBytes: Int
    private var event = Event()
    private var hasData = false
    /// Whether it is such as the standard does not have.
    private var isBare = false
    private var isFirstLine = true

    /// - Parameter maxBytes: of one line, and of one event.
    init(maxBytes: Int = maxBytes) {
        self.maxBytes = maxBytes
        lines = LineSplitter(ending: .any, maxBytes: maxBytes)
    }

    /// Takes the next piece. All events of the one before must have been asked for.
    mutating func feed(_ piece: [UInt8]) { lines.feed(piece) }

    /// The next event that ends in the piece; nil where there is no other.
    mutating func next() throws(LineSplitter.LineTooLong) -> Event? {
        while let line = try lines.next() {
            if let event = try read(line) { return event }
        }
        return nil
    }

    /// The stream is over. Returns the next event that has no empty line after it, if there is one.
    mutating func finish() throws(LineSplitter.LineTooLong) -> Event? {
        if let line = lines.finish(), let event = try read(line) { return event }
        return dispatch()
    }

    /// Takes a line; an empty one ends an event.
    private mutating func read(_ line: ArraySlice<UInt8>) throws(LineSplitter.LineTooLong) -> Event? {
        var line = line
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        }
        switch line.first {
        case nil:
            return dispatch()
        case UInt8(ascii: "d"):
            guard let value = Self.value(of: Self.data, in: line) else {
                if isBare { try append(line) }
                return nil
            }
            let before = isBare ? dispatch() : nil
            try append(value)
            return before
        case UInt8(ascii: "e"):
            if let value = Self.value(of: Self.event, in: line) {
                event.name = String(decoding: value.prefix(64), as: UTF8.self)
            } else if let value = Self.value(of: Self.error, in: line) {
                return try begin(value, of: "error")
            } else if isBare {
                try append(line)
            }
        case _ where isBare: try append(line)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return try begin(line)
        default:
            // Comments (a colon first), `id`, `retry`, and fields that the standard does not have.
            break
        }
        return nil
    }

    /// Begins an event that is none by the standard. Returns the one before it.
    private mutating func begin(
        _ value: ArraySlice<UInt8>, of name: String = ""
    ) throws(LineSplitter.LineTooLong) -> Event? {
        let before = dispatch()
        event.name = name
        isBare = true
        try append(value)
        return before
    }

    private mutating func append(_ value: ArraySlice<UInt8>) throws(LineSplitter.LineTooLong) {
        guard event.data.count + value.count < maxBytes else { throw LineSplitter.LineTooLong() }
        if hasData { event.data.append(UInt8(ascii: "\n")) }
        event.data += value
        hasData = true
    }

    /// An event without data is none.
    private mutating func dispatch() -> Event? {
        defer {
            event = Event()
            (hasData, isBare) = (false, false)
        }
        return hasData ? event : nil
    }

    /// What follows the field's name, its colon and one space; empty where the line is the name alone.
    private static func value(of name: [UInt8], in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.starts(with: name) else { return nil }
        let rest = line.dropFirst(name.count)
        guard let colon = rest.first else { return rest }
        guard colon == UInt8(ascii: ":") else { return nil }
        let value = rest.dropFirst()
        return value.first == UInt8(ascii: " ") ? value.dropFirst() : value
    }
}
