package import Conversations
import FoundationEssentials
package import JSON
import ServiceRuntime

extension MemoryBook: StoredDocument {
    /// What its keys begin with.
    package static var keyPrefix: String { "m" }

    /// The version of the format.
    package static var schema: Int { 1 }

    /// Writes all of it.
    package func write(_ writer: inout JSONWriter) {
        writer.field("memories") { writer in
            writer.array { writer in for memory in memories { writer.object(memory.write) } }
        }
        writer.field("departed") { $0.strings(departed) }
        writer.field("kept", Int(kept.milliseconds))
    }

    /// Leaves out the vectors, for words find what they are of too; then the less valuable half.
    package mutating func shrink() -> Bool {
        if memories.contains(where: { $0.vector != nil }) {
            for place in memories.indices { memories[place].vector = nil }
            return true
        }
        guard !memories.isEmpty else { return false }
        makeRoom(most: memories.count / 2)
        return true
    }

    /// The memories of both, but for those that left since; of too many the most valuable.
    package mutating func merge(_ present: MemoryBook) {
        let more = memories.filter { !present.departed.contains($0.id) && !present.holds($0) }
        self = present
        guard !more.isEmpty else { return }
        memories = (memories + more).sorted { ($0.created, $0.id) < ($1.created, $1.id) }
        makeRoom(most: Self.maxMemories)
    }

    /// A fact is as large as its text, a place as its vector.
    package static func bytes(of change: MemoryChange) -> Int {
        switch change {
        case .add(let memory, _): 128 + memory.text.utf8.count + (memory.vector?.values.count ?? 0)
        case .place(let vectors): vectors.values.reduce(64) { $0 + 64 + $1.values.count }
        case .use(let ids, _): 64 + ids.count * 16
        case .forget, .keep: 64
        }
    }

    /// Reads what ``write(_:)`` wrote.
    package init(record: [String: JSONValue]) throws(RecordFault) {
        self.init()
        var fields = FieldReader(record)
        for (index, item) in (fields.array("memories", of: "memories") ?? []).enumerated() {
            if let memory = Memory.read(item, path: "memories[\(index)]", faults: &fields) { memories.append(memory) }
        }
        departed = fields.strings("departed", atMost: 1000) ?? []
        kept = Timestamp(milliseconds: Int64(fields.count("kept")))
        if let fault = RecordFault(fields) { throw fault }
    }
}

extension Memory {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("text", text)
        writer.field("category", category.rawValue)
        writer.field("importance", importance)
        if let author { writer.field("author", author) }
        writer.field("created", Int(created.milliseconds))
        if let lastUsed { writer.field("last_used", Int(lastUsed.milliseconds)) }
        writer.field("uses", uses)
        if let vector { writer.field("vector") { $0.object(vector.write) } }
    }

    fileprivate static func read(_ value: JSONValue, path: String, faults: inout FieldReader) -> Memory? {
        var fields = FieldReader(value.object ?? [:], path: path)
        defer { faults.adopt(fields.faults) }
        let id = fields.requiredString("id", maxBytes: 64) ?? ""
        let category = fields.requiredString("category").flatMap(Category.init(rawValue:))
        if category == nil { fields.fault("category", "expected a memory's category") }
        let memory = Memory(
            id: id, fields.string("text") ?? "", category: category ?? .fact, importance: fields.count("importance"),
            author: fields.string("author"), created: Timestamp(milliseconds: Int64(fields.count("created"))))
        guard var memory else {
            fields.fault("text", "expected a memory")
            return nil
        }
        if fields.value("last_used") != nil {
            memory.lastUsed = Timestamp(milliseconds: Int64(fields.count("last_used")))
        }
        memory.uses = fields.count("uses")
        // Without it words still find the memory: a vector that is none is no reason to lose both.
        memory.vector = fields.value("vector")?.object.flatMap(MemoryVector.init)
        return memory
    }
}

extension MemoryVector {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("model", model)
        writer.field("data", Data(values.map(UInt8.init(bitPattern:))).base64EncodedString())
    }

    fileprivate init?(_ object: [String: JSONValue]) {
        guard let model = object["model"]?.string, let text = object["data"]?.string,
            let data = Data(base64Encoded: text)
        else { return nil }
        self.init(values: data.map(Int8.init(bitPattern:)), model: model)
    }
}
