public import FoundationEssentials

/// Any JSON value, for input whose shape is checked by hand so that the error can name the field and what stood
/// there instead.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number that fits; `3.0` is one too.
    case integer(Int)
    /// Any other number; always finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The value of a JSON text in UTF-8.
    ///
    /// Lists and objects may stand 512 deep in each other: a hostile text costs an error and no stack.
    /// - Throws: where it breaks, when `bytes` are not one well-formed text.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes)
        self = try parser.parse()
    }

    /// The value in `bytes`, or nil where they are not one well-formed JSON text in UTF-8.
    public static func parse(_ bytes: Data) -> JSONValue? { parse([UInt8](bytes)) }

    /// The value in `bytes`, or nil where they are not one well-formed JSON text in UTF-8.
    public static func parse(_ bytes: [UInt8]) -> JSONValue? { try? JSONValue(parsing: bytes) }

    /// The fields of an object; nil for every other kind.
    public var object: [String: JSONValue]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }

    /// The text of a string; nil for every other kind.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}

extension JSONValue {
    /// What stood there, short and escaped, for an error: `"soon"`, `null`, `an object`.
    public var brief: String {
        switch self {
        case .null: "null"
        case .bool(let truth): truth ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .string(let text): text.isEmpty ? "an empty string" : quoted(text)
        case .array(let items): items.isEmpty ? "an empty list" : "a list"
        case .object: "an object"
        }
    }

    /// What kind of value stood there, for an error about a secret: `a string`, `a number`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }

    private func quoted(_ text: String) -> String {
        let limit = 40
        let isBlank = text.allSatisfy(\.isWhitespace)
        if isBlank { return "a blank string" }
        // A character may be any number of scalars long, so the bound is on scalars.
        let scalars = text.unicodeScalars.prefix(limit + 1)
        var writer = JSONWriter()
        writer.string(scalars.count > limit ? String(scalars.prefix(limit)) + "…" : text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
