import JSON
import ServiceRuntime

/// The form that an answer has to have.
public struct ResponseFormat: Sendable, Hashable {
    /// The JSON Schema that the answer is to follow; nil for any JSON.
    package let schema: JSONSchema?

    /// Any JSON.
    public static let json = ResponseFormat(nil)

    /// JSON that follows a schema. Models are held to it by their providers, and the answer is checked.
    package init(_ schema: JSONSchema?) { self.schema = schema }

    /// JSON that follows a schema, given as a JSON text; nil where that is no object.
    public init?(schemaText: String) {
        guard let source = RawJSON(schemaText), source.isObject else { return nil }
        schema = JSONSchema(source)
    }
}

extension ResponseFormat {
    /// Why an answer is not what was asked for.
    package enum Fault: Sendable, Equatable {
        case notJSON
        /// What was expected of what part, and what came.
        case schema(String)
    }

    /// Returns what is wrong with an answer; nil where it is as asked for.
    package func fault(in completion: Completion) -> Fault? {
        guard let value = JSONValue.parse(Array(completion.unfenced.utf8)) else { return .notJSON }
        return schema?.fault(in: value).map(Fault.schema)
    }
}

extension Completion {
    /// The text without the code fence that models like to put around JSON, if there is one around all of it.
    package var unfenced: String {
        let text = content.trimmingSpaces
        guard text.hasPrefix("```"), text.hasSuffix("```"), let end = text.firstIndex(where: \.isNewline) else {
            return text
        }
        return String(text[text.index(after: end)...].dropLast(3)).trimmingSpaces
    }
}
