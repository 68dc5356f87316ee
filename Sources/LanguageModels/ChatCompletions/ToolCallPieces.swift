import JSON

/// Tool calls as they come in pieces: each piece names its call by `index`, the first one with id and name, all with some
/// of the arguments' text (OpenAI's OpenAPI file, `ChatCompletionMessageToolCallChunk`). Servers that send whole calls
/// leave the index out, or count from 0 in every message.
struct ToolCallPieces {
    /// The most calls and the most text of arguments that an answer may ask for: what is beyond is left out.
    private static let maxCalls = 128
    private static let maxBytes = 1 << 20

    /// The calls, in the order in which they came.
    private(set) var calls: [ToolCall] = []
    /// Where in ``calls`` each index is.
    private var places: [Int: Int] = [:]
    private var bytes = 0

    /// Takes the pieces in one chunk: a list, or the single object of the older `function_call`.
    mutating func read(_ value: JSONValue) {
        if let items = value.items {
            for item in items { read(item, item["function"]) }
        } else if value.object != nil {
            read(value, value)
        }
    }

    private mutating func read(_ item: JSONValue, _ function: JSONValue?) {
        let id = item["id"]?.string ?? ""
        let name = function?["name"]?.string ?? ""
        let arguments = function?["arguments"]
        let text = Self.text(of: arguments)
        let isWhole = arguments?.object != nil
        guard bytes + text.utf8.count <= Self.maxBytes,
            let place = place(of: item["index"] ?? function?["index"], id, name, isWhole)
        else { return }
        bytes += text.utf8.count
        // Id and name come with the first piece; some servers repeat them, or send empty ones, with the others.
        if !id.isEmpty { calls[place].id = id }
        if calls[place].arguments.isEmpty, calls[place].name != name { calls[place].name += name }
        calls[place].arguments += text
    }

    /// Which call a piece belongs to; nil where it is one too many.
    private mutating func place(of index: JSONValue?, _ id: String, _ name: String, _ isWhole: Bool) -> Int? {
        var given: Int?
        if case .integer(let number)? = index { given = number }
        // Ollama's calls are whole, and each message may begin to count anew.
        if !isWhole, let given, let place = places[given] { return place }
        if !isWhole, given == nil, let last = calls.last {
            // No index: a piece goes on with the last call unless it names another.
            let isOther = id.isEmpty ? !name.isEmpty && !last.arguments.isEmpty : id != last.id && !last.id.isEmpty
            if !isOther { return calls.count - 1 }
        }
        guard calls.count < Self.maxCalls else { return nil }
        calls.append(ToolCall(id: "", name: "", arguments: ""))
        if let given { places[given] = calls.count - 1 }
        return calls.count - 1
    }

    /// OpenAI's arguments are a text, Ollama's an object.
    private static func text(of arguments: JSONValue?) -> String {
        guard let arguments, arguments.string == nil else { return arguments?.string ?? "" }
        var writer = JSONWriter()
        writer.value(arguments)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
