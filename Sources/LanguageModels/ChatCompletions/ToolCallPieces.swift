import JSON

/// Tool calls as they come, whole or in pieces: each piece names its call by `index`, the first one with id and name, all
/// with some of the arguments' text (OpenAI's OpenAPI file, `ChatCompletionMessageToolCallChunk`).
///
/// Not every server counts (Ollama's `/v1` gives every call the index 0), and not every one has ids. A new id, a new name,
/// and a text after arguments that are whole are a new call.
struct ToolCallPieces {
    /// The most calls and the most text that an answer may ask for: what is beyond is left out.
    private static let maxCalls = 128
    private static let maxBytes = 1 << 20

    /// A call, or a piece of one.
    private struct Call {
        var index: Int?
        var id = ""
        var name = ""
        var arguments = ""
        /// What a piece has of the arguments.
        var piece = JSONStringPiece("")
        /// The half of a character that the arguments end with.
        var half: UInt16?
        var extent = JSONExtent()
        /// The fields that are the provider's own.
        var own = FieldPieces()
        /// Those of its function.
        var ownOfFunction = FieldPieces()
    }

    private var all: [Call] = []
    private var bytes = 0

    /// Whether there are none.
    var isEmpty: Bool { all.isEmpty }

    /// Whether the last one is all there.
    var isWhole: Bool { all.last?.extent.isWhole == true }

    /// Returns the calls, in the order in which they came. Each has an id of its own, for results are told apart by it: one
    /// of ours where the provider gave none.
    func calls(from origin: ProviderFields.Origin) -> [ToolCall] {
        var ids: Set<String> = []
        return all.map { call in
            var id = call.id
            while id.isEmpty || !ids.insert(id).inserted {
                id = ToolCall.newID()
            }
            var own = call.own.merged
            let ofFunction = call.ownOfFunction.merged
            if !ofFunction.isEmpty, let function = RawJSON(JSONWriter.object { $0.fields(ofFunction) }) {
                own.append(("function", function))
            }
            return ToolCall(
                id: id, name: call.name, arguments: call.arguments, providerFields: ProviderFields(own, from: origin))
        }
    }

    /// Takes the calls in one chunk: a list, or the single object of the older `function_call`.
    ///
    /// - Parameter areWhole: whether each item is a whole call.
    mutating func read(_ reader: inout JSONReader, areWhole: Bool) throws(JSONError) {
        if reader.isObject { return try add(&reader, isWhole: areWhole) }
        try reader.items { reader throws(JSONError) in
            if reader.isObject { try add(&reader, isWhole: areWhole) } else { try reader.skip() }
        }
    }

    private static func read(
        _ reader: inout JSONReader, into piece: inout Call, isFunction: Bool = false
    ) throws(JSONError) {
        try reader.fields { key, reader throws(JSONError) in
            switch key {
            case "index": if case .integer(let index) = try reader.value() { piece.index = index }
            case "id": piece.id = try reader.string() ?? ""
            case "function" where !isFunction: try read(&reader, into: &piece, isFunction: true)
            case "name": piece.name = try reader.string() ?? ""
            // OpenAI's arguments are a text, Ollama's an object.
            case "arguments" where reader.isObject || reader.isArray:
                piece.piece = JSONStringPiece(String(decoding: try reader.text(), as: UTF8.self))
            case "arguments": piece.piece = try reader.stringPiece() ?? piece.piece
            case "type": try reader.skip()
            case _ where isFunction: piece.ownOfFunction.add(key, try reader.text())
            default: piece.own.add(key, try reader.text())
            }
        }
    }

    private mutating func add(_ reader: inout JSONReader, isWhole: Bool) throws(JSONError) {
        var piece = Call()
        try Self.read(&reader, into: &piece)
        let text = piece.piece.whole
        let size = text.utf8.count + piece.name.utf8.count
        guard bytes + size <= Self.maxBytes else { return }
        var place = isWhole ? nil : self.place(of: piece)
        if let known = place.map({ all[$0] }), isNew(piece, text, after: known) {
            // All of a call once more is no other call.
            if !piece.id.isEmpty, piece.id == known.id, text == known.arguments { return }
            if piece.name.isEmpty { piece.name = known.name }
            place = nil
        }
        guard let place = place ?? (all.count < Self.maxCalls ? all.count : nil) else { return }
        if place == all.count { all.append(Call(index: piece.index)) }
        bytes += size
        // Id and name come with the first piece; some servers repeat them, or send empty ones, with the others.
        if all[place].id.isEmpty { all[place].id = piece.id }
        if all[place].arguments.isEmpty, all[place].name != piece.name { all[place].name += piece.name }
        all[place].own.add(piece.own)
        all[place].ownOfFunction.add(piece.ownOfFunction)
        let next = piece.piece.text(after: &all[place].half)
        all[place].extent.feed(next)
        all[place].arguments += next
    }

    /// The call that a piece is of, if it goes on with one: an id says it best, then an index, then the order.
    private func place(of piece: Call) -> Int? {
        let known = all.lastIndex { !piece.id.isEmpty && $0.id == piece.id && $0.index == piece.index }
        if known != nil || piece.index == nil { return known ?? all.indices.last }
        return all.lastIndex { $0.index == piece.index }
    }

    /// Whether a piece begins a call, rather than go on with the one that has its place.
    private func isNew(_ piece: Call, _ text: String, after call: Call) -> Bool {
        if call.extent.isWhole, text.utf8.contains(where: { $0 > 0x20 }) { return true }
        let hasOtherID = !piece.id.isEmpty && !call.id.isEmpty && piece.id != call.id
        // Some versions of vLLM give each piece an id of its own, and only the first one a name.
        if hasOtherID { return !piece.name.isEmpty || call.extent.isWhole }
        if piece.name.isEmpty || call.name.isEmpty { return false }
        if call.arguments.isEmpty { return piece.name != call.name && (call.id.isEmpty || !text.isEmpty) }
        return piece.name != call.name || piece.id.isEmpty && piece.index == nil
    }
}

extension ToolCall {
    /// Returns an id for a call that its provider gave none. Mistral's templates take nine letters and digits.
    static func newID() -> String {
        "call" + String((0..<5).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "0" })
    }
}

/// How much of a JSON object or list has come.
private struct JSONExtent {
    private var (depth, isInString, isEscaped) = (0, false, false)
    /// Whether it is all there.
    private(set) var isWhole = false

    mutating func feed(_ text: String) {
        for byte in text.utf8 where !isWhole {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isInString: isEscaped = true
            case UInt8(ascii: "\""): isInString.toggle()
            case _ where isInString: break
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                isWhole = depth == 0
            default: break
            }
        }
    }
}
