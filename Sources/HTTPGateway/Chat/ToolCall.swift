import JSON

/// A tool that the model wants called.
struct ToolCall: Sendable {
    private let id: String
    private let name: String
    /// A JSON text.
    private let arguments: String

    /// - Parameter value: the `tool_calls` of an answer.
    static func readAll(_ value: JSONValue?) -> [ToolCall] {
        guard case .array(let items)? = value else { return [] }
        return items.compactMap { item in
            guard let function = item.object?["function"]?.object, let name = function["name"]?.string else {
                return nil
            }
            // Ollama gives none, and a client needs one to say whose result it sends.
            let id = item.object?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? newID()
            return ToolCall(id: id, name: name, arguments: function["arguments"]?.string ?? "{}")
        }
    }

    /// Writes its fields.
    ///
    /// - Parameter index: its number, in a stream.
    func write(to writer: inout JSONWriter, index: Int?) {
        if let index { writer.field("index", index) }
        writer.field("id", id)
        writer.field("type", "function")
        writer.object("function") { writer in
            writer.field("name", name)
            writer.field("arguments", arguments)
        }
    }

    private static func newID() -> String { "call_" + String(UInt64.random(in: .min ... .max), radix: 36) }
}
