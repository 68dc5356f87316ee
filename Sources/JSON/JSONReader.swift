/// Walks through one JSON text and takes out what is wanted, without building a value of the rest.
///
/// For texts of a known shape that come by the thousand, such as the pieces of a streamed answer: building a
/// ``JSONValue`` of each costs several times what reading its two fields does. As strict as ``JSONValue/init(parsing:)``
/// in what it takes; strings that are skipped are not checked to be UTF-8.
public struct JSONReader {
    private var parser: JSONParser
    private var depth = 0

    /// - Parameter bytes: one JSON text in UTF-8.
    public init(_ bytes: [UInt8]) { parser = JSONParser(bytes) }

    /// Whether the value that comes next is of that kind.
    public var isObject: Bool { parser.peek == UInt8(ascii: "{") }
    /// Whether the value that comes next is a list.
    public var isArray: Bool { parser.peek == UInt8(ascii: "[") }
    /// Whether the value that comes next is a string.
    public var isString: Bool { parser.peek == UInt8(ascii: "\"") }

    /// Reads the whole text: its value is read by `body`, and nothing may follow it.
    public mutating func document(_ body: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        parser.skipByteOrderMark()
        parser.skipSpace()
        try body(&self)
        parser.skipSpace()
        guard parser.index == parser.bytes.count else { throw parser.expected("the end") }
    }

    /// Reads an object field by field; `body` must read or ``skip()`` each field's value. Any other value is skipped.
    public mutating func fields(
        _ body: (_ key: String, _ reader: inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard isObject else { return try skip() }
        try object { reader throws(JSONError) in
            let key = try reader.parser.string()
            try reader.parser.endKey()
            try body(key, &reader)
        }
    }

    /// Reads a list item by item; `body` must read or ``skip()`` each item. Any other value is skipped.
    public mutating func items(_ body: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        guard isArray else { return try skip() }
        depth += 1
        try parser.open(depth)
        defer { depth -= 1 }
        if parser.take(UInt8(ascii: "]")) { return }
        repeat {
            parser.skipSpace()
            try body(&self)
        } while parser.takeComma()
        try parser.close(UInt8(ascii: "]"))
    }

    /// The string that comes next; nil, and skipped, where it is another value.
    public mutating func string() throws(JSONError) -> String? {
        guard isString else {
            try skip()
            return nil
        }
        return try parser.string()
    }

    /// The string that comes next, as one of several for one text; nil, and skipped, where it is another value.
    public mutating func stringPiece() throws(JSONError) -> JSONStringPiece? {
        guard isString else {
            try skip()
            return nil
        }
        return try parser.stringPiece()
    }

    /// The text of the value that comes next, as it was written.
    public mutating func text() throws(JSONError) -> ArraySlice<UInt8> {
        let start = parser.index
        try skip()
        return parser.bytes[start..<parser.index]
    }

    /// The value that comes next, whatever it is.
    public mutating func value() throws(JSONError) -> JSONValue { try parser.value(depth: depth) }

    /// Steps over the value that comes next.
    public mutating func skip() throws(JSONError) {
        switch parser.peek {
        case UInt8(ascii: "\""): try parser.skipString()
        case UInt8(ascii: "{"):
            // Keys that are skipped are not looked at either.
            try object { reader throws(JSONError) in
                try reader.parser.skipString()
                try reader.parser.endKey()
                try reader.skip()
            }
        case UInt8(ascii: "["): try items { reader throws(JSONError) in try reader.skip() }
        default: try parser.skipScalar()
        }
    }

    /// Steps through an object; `field` reads each key, which is next, and its value.
    private mutating func object(
        _ field: (inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        depth += 1
        try parser.open(depth)
        defer { depth -= 1 }
        if parser.take(UInt8(ascii: "}")) { return }
        repeat {
            try parser.beginKey()
            try field(&self)
        } while parser.takeComma()
        try parser.close(UInt8(ascii: "}"))
    }
}

extension JSONParser {
    /// Steps over a number or a word. A short whole number needs no look at its size.
    fileprivate mutating func skipScalar() throws(JSONError) {
        let start = index
        while index < start + 15, let byte = peek, Self.isDigit(byte) { index += 1 }
        let isShort = index > start && index < start + 15 && (bytes[start] != UInt8(ascii: "0") || index == start + 1)
        switch peek {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): if isShort { return }
        default: break
        }
        index = start
        _ = try value(depth: 0)
    }
}
