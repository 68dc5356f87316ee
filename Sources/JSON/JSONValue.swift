public import FoundationEssentials

/// Any JSON value, for input whose shape is checked by hand so that the error can name the field and what stood
/// there instead.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The value in `bytes`, or nil where they are not one well-formed JSON text in UTF-8.
    ///
    /// The toolchain's decoder bounds the nesting (512 levels), so a hostile text costs an error and no stack.
    public static func parse(_ bytes: Data) -> JSONValue? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        return try? sharedDecoder.decode(JSONValue.self, from: bytes)
    }

    /// One decoder for all: making one costs as much as decoding a small message does. It holds no state between calls.
    private static let sharedDecoder = JSONDecoder()

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

extension JSONValue: Decodable {
    /// Decodes whatever stands there. Strings come first: most leaves of our messages are strings, and a wrong guess
    /// costs the decoder a thrown error.
    public init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let text = try? single.decode(String.self) {
            self = .string(text)
        } else if single.decodeNil() {
            self = .null
        } else if let fields = try? single.decode([String: JSONValue].self) {
            self = .object(fields)
        } else if let items = try? single.decode([JSONValue].self) {
            self = .array(items)
        } else if let truth = try? single.decode(Bool.self) {
            self = .bool(truth)
        } else if let integer = try? single.decode(Int.self) {
            self = .integer(integer)
        } else {
            self = .number(try single.decode(Double.self))
        }
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

    private func quoted(_ text: String) -> String {
        let limit = 40
        let isBlank = text.allSatisfy(\.isWhitespace)
        if isBlank { return "a blank string" }
        var writer = JSONWriter()
        writer.string(text.count > limit ? text.prefix(limit) + "…" : text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
