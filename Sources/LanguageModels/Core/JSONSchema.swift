package import JSON

/// A JSON Schema, as it was written: models fill in an answer's fields in its order.
package final class JSONSchema: Sendable, Hashable {
    /// The schema itself.
    package let source: RawJSON
    /// As OpenAI has it: with a name, and whatever else the caller said of it (`strict`, `description`).
    package let wrapped: RawJSON
    /// What it says.
    let value: JSONValue

    /// - Parameter source: an object.
    package convenience init(_ source: RawJSON) {
        self.init(source, among: [("schema", source)])
    }

    /// - Parameter source: OpenAI's `json_schema`: an object with a `schema`, and perhaps a name.
    package convenience init(wrapped source: RawJSON) {
        self.init(source["schema"] ?? RawJSON(.object([:])), among: source.fields)
    }

    private init(_ schema: RawJSON, among fields: [(key: String, value: RawJSON)]) {
        var writer = JSONWriter(capacity: schema.bytes.count + 64)
        writer.object { writer in
            // OpenAI asks for a name.
            let isNamed = fields.contains { $0.key == "name" && $0.value.value.string?.isEmpty == false }
            if !isNamed { writer.field("name", "answer") }
            for (key, value) in fields where isNamed || key != "name" { writer.field(key) { $0.value(value) } }
        }
        (source, wrapped, value) = (schema, RawJSON(writer.bytes) ?? schema, schema.value)
    }

    /// Whether both say the same in the same way.
    package static func == (left: JSONSchema, right: JSONSchema) -> Bool { left.wrapped == right.wrapped }

    /// Hashes what is compared.
    package func hash(into hasher: inout Hasher) { hasher.combine(wrapped) }
}
