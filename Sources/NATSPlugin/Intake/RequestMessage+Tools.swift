import JSON
import LLMService
import LanguageModels

extension RequestMessage {
    /// `tools` and `tool_choice`, as OpenAI writes them: they go to the provider as they came, and no more of them is taken
    /// than of a message.
    static func tools(_ reader: inout MessageReader, _ limits: Limits) throws(LLMError) -> ToolOffer? {
        let tools = reader.fields.array("tools", of: "tools") ?? []
        let choice = choice(&reader)
        guard !tools.isEmpty else {
            if let choice, choice != .string("none"), choice != .string("auto") {
                reader.fields.fault("tool_choice", "expected only with tools")
            }
            return nil
        }
        if tools.count > 128 { throw LLMError(.tooLarge, "tools: expected at most 128 tools, got \(tools.count)") }
        for (index, tool) in tools.enumerated() where tool.object?["function"]?.object?["name"]?.string == nil {
            reader.fields.fault("tools[\(index)]", expected: "an object with a function that has a name", got: tool)
        }
        var writer = JSONWriter()
        writer.value(.array(tools + [choice ?? .null]))
        if writer.bytes.count > limits.messageBytes {
            throw LLMError(
                .tooLarge, "tools: expected at most \(limits.messageBytes) bytes, got \(writer.bytes.count)")
        }
        return ToolOffer(tools: tools, choice: choice)
    }

    private static func choice(_ reader: inout MessageReader) -> JSONValue? {
        switch reader.fields.value("tool_choice") {
        case nil: return nil
        case .string(let word)? where ["none", "auto", "required"].contains(word): return .string(word)
        case .object(let fields)?: return .object(fields)
        case let value:
            reader.fields.fault("tool_choice", expected: "none, auto, required or an object", got: value)
            return nil
        }
    }
}
