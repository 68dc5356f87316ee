import JSON
import LLMService
import LanguageModels

extension RequestMessage {
    /// `response_format`: `"json"`, a JSON Schema, or either of them as OpenAI writes it.
    static func format(_ reader: inout MessageReader, _ limits: Limits) throws(LLMError) -> ResponseFormat? {
        guard let value = reader.fields.value("response_format") else { return nil }
        switch value {
        case .string("json"):
            return .json
        case .object(["type": .string("json_object")]):
            return .json
        case .object(let object) where object["type"] == .string("json_schema"):
            return try wrapped(&reader, object, limits)
        case .object(let object) where isSchema(object):
            return try schema(value, limits)
        default:
            reader.fields.fault("response_format", expected: #""json" or a JSON Schema object"#, got: value)
            return nil
        }
    }

    /// `{"type": "json_schema", "json_schema": {"name": …, "schema": {…}}}`.
    private static func wrapped(
        _ reader: inout MessageReader, _ object: [String: JSONValue], _ limits: Limits
    ) throws(LLMError) -> ResponseFormat? {
        guard let wrapper = object["json_schema"]?.object else {
            reader.fields.fault("response_format.json_schema", expected: "an object", got: object["json_schema"])
            return nil
        }
        guard let found = wrapper["schema"], case .object = found else {
            reader.fields.fault(
                "response_format.json_schema.schema", expected: "a JSON Schema object", got: wrapper["schema"])
            return nil
        }
        return try schema(found, limits)
    }

    /// It goes along with the prompt, and no more of it is taken than of a message.
    private static func schema(_ schema: JSONValue, _ limits: Limits) throws(LLMError) -> ResponseFormat {
        var writer = JSONWriter()
        writer.value(schema)
        let count = writer.bytes.count
        if count > limits.messageBytes {
            throw LLMError(
                .tooLarge, "response_format: expected a schema of at most \(limits.messageBytes) bytes, got \(count)")
        }
        return ResponseFormat(schema: schema)
    }

    /// Whether it says anything that a JSON Schema says, and nothing about its `type` that none does: any object is one by
    /// the letter, and what was meant as something else would ask for nothing.
    private static func isSchema(_ object: [String: JSONValue]) -> Bool {
        let keywords = [
            "type", "properties", "items", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "$defs", "$schema",
        ]
        let types = ["object", "array", "string", "number", "integer", "boolean", "null"].map(JSONValue.string)
        switch object["type"] {
        case nil: return keywords.contains { object[$0] != nil }
        case .array(let names)?: return !names.isEmpty && names.allSatisfy(types.contains)
        case let name?: return types.contains(name)
        }
    }
}
