import JSON
import LLMService
import LanguageModels

extension RequestReader {
    /// `response_format`: `"json"`, a JSON Schema, or either of them as OpenAI writes it.
    mutating func format(_ limits: RequestLimits) throws(LLMError) -> ResponseFormat? {
        guard let value = fields.value("response_format") else { return nil }
        switch value {
        case .string("json"):
            return .json
        case .object(["type": .string("json_object")]):
            return .json
        case .object(let object) where object["type"] == .string("json_schema"):
            return try wrapped(object, limits)
        case .object(let object) where Self.isSchema(object):
            guard let source = fields.source("response_format") else { return nil }
            return ResponseFormat(JSONSchema(try Self.bounded(source, limits)))
        default:
            fields.fault("response_format", expected: #""json" or a JSON Schema object"#, got: value)
            return nil
        }
    }

    /// `{"type": "json_schema", "json_schema": {"name": …, "strict": …, "schema": {…}}}`.
    private mutating func wrapped(
        _ object: [String: JSONValue], _ limits: RequestLimits
    ) throws(LLMError) -> ResponseFormat? {
        guard let wrapper = object["json_schema"]?.object else {
            fields.fault("response_format.json_schema", expected: "an object", got: object["json_schema"])
            return nil
        }
        guard case .object? = wrapper["schema"] else {
            fields.fault(
                "response_format.json_schema.schema", expected: "a JSON Schema object", got: wrapper["schema"])
            return nil
        }
        guard let source = fields.source("response_format")?["json_schema"] else { return nil }
        return ResponseFormat(JSONSchema(wrapped: try Self.bounded(source, limits)))
    }

    /// It goes along with the prompt, and no more of it is taken than of a message.
    private static func bounded(_ schema: RawJSON, _ limits: RequestLimits) throws(LLMError) -> RawJSON {
        let (count, limit) = (schema.bytes.count, limits.messageBytes)
        if count <= limit { return schema }
        throw LLMError(.tooLarge, "response_format: expected a schema of at most \(limit) bytes, got \(count)")
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

    // MARK: tools

    /// `tools` and `tool_choice`, as OpenAI writes them: they go to the provider as they came, and no more of them is taken
    /// than of a message.
    mutating func tools(_ limits: RequestLimits) throws(LLMError) -> ToolOffer? {
        let tools = fields.array("tools", of: "tools") ?? []
        let choice = toolChoice()
        guard !tools.isEmpty else {
            if let choice, choice != .string("none"), choice != .string("auto") {
                fields.fault("tool_choice", "expected only with tools")
            }
            return nil
        }
        if tools.count > 128 { throw .tooLarge("tools", "tools", 128, got: tools.count) }
        for (index, tool) in tools.enumerated() where tool.object?["function"]?.object?["name"]?.string == nil {
            fields.fault("tools[\(index)]", expected: "an object with a function that has a name", got: tool)
        }
        guard let source = fields.source("tools") else { return nil }
        let offer = ToolOffer(tools: source, choice: choice == nil ? nil : fields.source("tool_choice"))
        let size = source.bytes.count + (offer.choice?.bytes.count ?? 0)
        if size > limits.messageBytes { throw .tooLarge("tools", "bytes", limits.messageBytes, got: size) }
        return offer
    }

    private mutating func toolChoice() -> JSONValue? {
        switch fields.value("tool_choice") {
        case nil: return nil
        case .string(let word)? where ["none", "auto", "required"].contains(word): return .string(word)
        case .object(let choice)?: return .object(choice)
        case let value:
            fields.fault("tool_choice", expected: "none, auto, required or an object", got: value)
            return nil
        }
    }
}
