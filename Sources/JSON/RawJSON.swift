/// A JSON value as it was written: the order of its keys and the spelling of its numbers are kept.
///
/// For what is passed on to somebody to whom these have a meaning: a model fills in the fields of a schema in their order.
public struct RawJSON: Sendable, Hashable {
    /// Its text, without white space between its parts.
    public let bytes: [UInt8]

    /// Creates a value of a JSON text in UTF-8; nil where that is none.
    public init?(_ text: [UInt8]) {
        if JSONValue.parse(text) == nil { return nil }
        self.init(checked: text[(text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)...])
    }

    /// Creates a value of a JSON text; nil where that is none.
    public init?(_ text: String) { self.init(Array(text.utf8)) }

    /// Creates a value that was not written yet.
    public init(_ value: JSONValue) {
        var writer = JSONWriter()
        writer.value(value)
        bytes = writer.bytes
    }

    /// - Parameter text: the text of one value.
    init(checked text: ArraySlice<UInt8>) {
        var (isInString, isEscaped) = (false, false)
        bytes = text.filter { byte in
            defer {
                if !isEscaped, byte == UInt8(ascii: "\"") { isInString.toggle() }
                isEscaped = isInString && !isEscaped && byte == UInt8(ascii: "\\")
            }
            return isInString || byte > 0x20
        }
    }

    /// Whether it is an object.
    public var isObject: Bool { bytes.first == UInt8(ascii: "{") }
    /// Whether it is a list.
    public var isArray: Bool { bytes.first == UInt8(ascii: "[") }

    /// What it says.
    public var value: JSONValue { JSONValue.parse(bytes) ?? .null }

    /// Its text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The field of an object; nil where there is none. Of two equal keys the last counts.
    public subscript(key: String) -> RawJSON? { Self.field(key, of: bytes) }

    /// The fields of an object, in their order; empty for every other kind.
    public var fields: [(key: String, value: RawJSON)] {
        var fields: [(key: String, value: RawJSON)] = []
        var reader = JSONReader(bytes)
        try? reader.fields { key, reader throws(JSONError) in
            fields.append((key, RawJSON(checked: try reader.text())))
        }
        return fields
    }

    /// The items of a list; empty for every other kind.
    public var items: [RawJSON] {
        var items: [RawJSON] = []
        var reader = JSONReader(bytes)
        try? reader.items { reader throws(JSONError) in items.append(RawJSON(checked: try reader.text())) }
        return items
    }

    /// Returns a field of the object that a JSON text is.
    static func field(_ name: String, of text: [UInt8]) -> RawJSON? {
        var found: ArraySlice<UInt8>?
        var reader = JSONReader(text)
        try? reader.document { reader throws(JSONError) in
            try reader.fields { key, reader throws(JSONError) in
                if key == name { found = try reader.text() } else { try reader.skip() }
            }
        }
        return found.map(RawJSON.init(checked:))
    }
}

/// A JSON object, with the text it was read from.
public struct JSONObject: Sendable {
    /// Its fields.
    public let fields: [String: JSONValue]
    private let text: [UInt8]

    /// Creates an object of its fields.
    ///
    /// - Parameter source: the object as it was written; nil where that is not known.
    public init(_ fields: [String: JSONValue] = [:], source: RawJSON? = nil) {
        (self.fields, text) = (fields, source?.bytes ?? [])
    }

    /// Creates the object that a JSON text in UTF-8 is; nil where it is none.
    public init?(_ text: [UInt8]) {
        guard let fields = JSONValue.parse(text)?.object else { return nil }
        (self.fields, self.text) = (fields, text)
    }

    /// A field; nil where there is none.
    public subscript(key: String) -> JSONValue? { fields[key] }

    /// Returns a field as it was written; nil where there is none, or the text is not known.
    ///
    /// It is looked for in the text: only few are wanted so.
    public func source(_ key: String) -> RawJSON? { RawJSON.field(key, of: text) }
}
