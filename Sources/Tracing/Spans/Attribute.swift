/// A fact about a span, under a name of OpenTelemetry's semantic conventions or of ours (`rosey_llm.`).
package struct Attribute: Sendable, Equatable {
    /// A fact.
    package enum Value: Sendable, Equatable {
        case string(String)
        case strings([String])
        case integer(Int)
        case number(Double)
    }

    package let key: String
    package let value: Value

    /// A fact. Texts are cut to 256 bytes, and lists to 16: they may be from outside.
    package init(_ key: String, _ value: Value) {
        self.key = key
        self.value =
            switch value {
            case .string(let text): .string(Self.bounded(text))
            case .strings(let texts): .strings(texts.prefix(16).map(Self.bounded))
            case .integer, .number: value
            }
    }

    /// A text.
    package init(_ key: String, _ text: String) { self.init(key, .string(text)) }

    /// A whole number.
    package init(_ key: String, _ number: Int) { self.init(key, .integer(number)) }

    private static let maxBytes = 256

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > maxBytes else { return text }
        var scalars = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > maxBytes { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}
