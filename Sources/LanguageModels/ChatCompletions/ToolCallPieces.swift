import JSON

/// Tool calls as they come in pieces: each piece names its call by `index`, the first one with id and name, all with some
/// of the arguments' text (OpenAI's OpenAPI file, `ChatCompletionMessageToolCallChunk`).
struct ToolCallPieces {
    /// The most calls and the most text of arguments that an answer may ask for: what is beyond is left out.
    private static let maxCalls = 128
    private static let maxBytes = 1 << 20

    private var byIndex: [Int: ToolCall] = [:]
    private var bytes = 0

    /// The calls, in the order of their indices.
    var calls: [ToolCall] { byIndex.sorted { $0.key < $1.key }.map(\.value) }

    /// Takes the pieces in one chunk: a list, or the single object of the older `function_call`.
    mutating func read(_ value: JSONValue) {
        if let items = value.items {
            for (position, item) in items.enumerated() { read(item, item["function"], position) }
        } else if value.object != nil {
            read(value, value, 0)
        }
    }

    private mutating func read(_ item: JSONValue, _ function: JSONValue?, _ position: Int) {
        var index = position
        if case .integer(let given)? = item["index"] { index = given }
        let arguments = Self.text(of: function?["arguments"])
        guard byIndex[index] != nil || byIndex.count < Self.maxCalls, bytes + arguments.utf8.count <= Self.maxBytes
        else { return }
        bytes += arguments.utf8.count
        var call = byIndex[index] ?? ToolCall(id: "", name: "", arguments: "")
        if let id = item["id"]?.string { call.id = id }
        if let name = function?["name"]?.string { call.name += name }
        call.arguments += arguments
        byIndex[index] = call
    }

    /// OpenAI's arguments are a text, Ollama's an object.
    private static func text(of arguments: JSONValue?) -> String {
        guard let arguments, arguments.string == nil else { return arguments?.string ?? "" }
        var writer = JSONWriter()
        writer.value(arguments)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
