package import JSON

/// The form that an answer has to have.
public struct ResponseFormat: Sendable, Hashable {
    /// The JSON Schema that the answer is to follow; nil for any JSON.
    package let schema: JSONValue?

    /// Any JSON.
    public static let json = ResponseFormat(schema: nil)

    /// JSON that follows a schema. Models are held to it by their providers; this service checks that it is JSON.
    package init(schema: JSONValue?) { self.schema = schema }

    /// JSON that follows a schema, given as a JSON text; nil where that is no object.
    public init?(schemaText: String) {
        guard let value = JSONValue.parse(Array(schemaText.utf8)), case .object = value else { return nil }
        schema = value
    }
}

extension ResponseFormat {
    /// The schema as a JSON text; nil where there is none.
    package var schemaText: String? {
        guard let schema else { return nil }
        var writer = JSONWriter()
        writer.value(schema)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension Completion {
    /// The JSON in it, without the code fence that models like to put around it; nil where it is not JSON.
    package var json: String? {
        var text = content.trimmingSpaces
        if text.hasPrefix("```"), text.hasSuffix("```"), let end = text.firstIndex(where: \.isNewline) {
            text = String(text[text.index(after: end)...].dropLast(3)).trimmingSpaces
        }
        return JSONValue.parse(Array(text.utf8)) == nil ? nil : text
    }
}
