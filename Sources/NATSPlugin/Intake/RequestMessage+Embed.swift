import JSON
import LLMService

extension RequestMessage {
    /// `input`: a text, or a list of texts.
    static func embedInputs(_ reader: inout MessageReader, _ limits: Limits) throws(LLMError) -> [String] {
        let texts = texts(&reader)
        if let error = reader.error { throw error }
        if texts.count > limits.embedInputs {
            throw LLMError(.tooLarge, "input: expected at most \(limits.embedInputs) texts, got \(texts.count)")
        }
        let size = texts.reduce(0) { $0 + $1.utf8.count }
        if size > limits.messageBytes {
            throw LLMError(.tooLarge, "input: expected at most \(limits.messageBytes) bytes, got \(size)")
        }
        return texts
    }

    private static func texts(_ reader: inout MessageReader) -> [String] {
        switch reader.fields.raw("input") {
        case .string(let text)? where !text.isEmpty:
            return [text]
        case .array(let items)? where !items.isEmpty:
            let texts = items.compactMap(\.string).filter { !$0.isEmpty }
            // Only the first fault is ever told.
            if texts.count < items.count, let index = items.firstIndex(where: { ($0.string ?? "").isEmpty }) {
                reader.fields.fault("input[\(index)]", expected: "a non-empty string", got: items[index])
            }
            return texts
        case let value:
            reader.fields.fault("input", expected: "a non-empty string or a list of such", got: value)
            return []
        }
    }
}
