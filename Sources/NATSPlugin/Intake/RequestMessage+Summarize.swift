import JSON
import LLMService

extension RequestMessage {
    /// `text` (or `message`), and how it is to be summarised: `max_length` in words, `style`.
    static func summary(_ reader: inout MessageReader, _ limits: Limits) throws(LLMError) -> Work {
        let field = reader.fields.value("text") == nil && reader.fields.value("message") != nil ? "message" : "text"
        let text = reader.fields.requiredString(field) ?? ""
        let words = reader.fields.integer("max_length", in: 1...10_000, as: "a whole number of words from 1 to 10000")
        let style = style(&reader)
        if let error = reader.error { throw error }
        if text.utf8.count > limits.messageBytes { throw .tooLong(field, text, limits.messageBytes) }
        return .summarize(text, maxWords: words ?? 200, style: style)
    }

    private static func style(_ reader: inout MessageReader) -> SummaryStyle {
        guard let name = reader.fields.string("style") else { return .concise }
        if let style = SummaryStyle(rawValue: name) { return style }
        reader.fields.fault("style", expected: "concise, detailed or bullets", got: .string(name))
        return .concise
    }
}
