/// A model's id as somebody typed it, made fit to be shown.
struct ModelName {
    private static let limit = 80
    private let text: String

    init(_ text: String) { self.text = text }

    /// Between quotation marks, at most 80 characters, without quotation marks and control characters inside.
    var quoted: String {
        // A character may be any number of scalars long, so the bound is on scalars.
        let scalars = text.unicodeScalars.prefix(Self.limit + 1)
        let kept = scalars.prefix(Self.limit).filter { !$0.isUnprintable && $0 != "\"" }
        return "\"" + String(String.UnicodeScalarView(kept)) + (scalars.count > Self.limit ? "…" : "") + "\""
    }

    /// The id itself where it is harmless in a command line, as every id in a model library is; else nil.
    var asArgument: String? {
        let harmless = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: ":"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        guard harmless, !text.isEmpty, text.utf8.count <= Self.limit, text.utf8.first != UInt8(ascii: "-") else {
            return nil
        }
        return text
    }
}

extension Unicode.Scalar {
    /// A control or format character, a line separator: what may not reach a log line or a room as it is.
    package var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
