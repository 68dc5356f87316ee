package import Conversations
package import JSON
import ServiceRuntime

extension Conversation: StoredDocument {
    /// The version of the format.
    package static var schema: Int { 1 }

    /// Writes all of it.
    package func write(_ writer: inout JSONWriter) {
        writer.field("epoch", Int(epoch))
        writer.field("departed", departed)
        if let persona { writer.field("persona", persona) }
        if let model { writer.field("model", model) }
        if let summary {
            writer.field("summary") { writer in
                writer.object { writer in
                    writer.field("text", summary.text)
                    writer.field("through", summary.through)
                }
            }
        }
        writer.field("turns") { writer in
            writer.array { writer in for turn in turns { writer.object(turn.write) } }
        }
    }

    /// Leaves out the older half of the turns; of the last one, half of what is longer.
    package mutating func shrink() -> Bool {
        if turns.count > 1 {
            let count = (turns.count + 1) / 2
            turns.removeFirst(count)
            departed += count * 2
            return true
        }
        guard let text = turns.last.map({ max($0.question.utf8.count, $0.answer.utf8.count) }), text > 1024 else {
            return false
        }
        let longer = turns[0].question.utf8.count == text ? \Turn.question : \Turn.answer
        turns[0][keyPath: longer] = turns[0][keyPath: longer].firstHalf
        return true
    }

    /// All turns of both, in the order they were answered; whatever else there is stays.
    package mutating func merge(_ present: Conversation) {
        var merged = present
        let known = Set(present.turns.map(\.id))
        merged.turns += turns.filter { !known.contains($0.id) }
        merged.turns.sort { $0.time < $1.time }
        merged.summary = present.summary ?? summary
        merged.persona = present.persona ?? persona
        merged.model = present.model ?? model
        self = merged
    }

    /// Reads what ``write(_:)`` wrote.
    package init(record: [String: JSONValue]) throws(RecordFault) {
        self.init()
        var fields = FieldReader(record)
        epoch = Epoch(fields.count("epoch"))
        departed = fields.count("departed")
        persona = fields.string("persona")
        model = fields.string("model")
        if let object = fields.object("summary") {
            var part = FieldReader(object, path: "summary")
            summary = Summary(text: part.string("text") ?? "", through: part.string("through") ?? "")
            fields.adopt(part.faults)
        }
        for (index, item) in (fields.array("turns", of: "turns") ?? []).enumerated() {
            turns.append(Turn(item, path: "turns[\(index)]", faults: &fields))
        }
        if let fault = RecordFault(fields) { throw fault }
    }
}

extension Turn {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("time", Int(time.milliseconds))
        if let speaker { writer.field("speaker", speaker) }
        writer.field("question", question)
        writer.field("answer", answer)
    }

    fileprivate init(_ value: JSONValue, path: String, faults: inout FieldReader) {
        var fields = FieldReader(value.object ?? [:], path: path)
        self.init(
            id: fields.string("id") ?? "", time: Timestamp(milliseconds: Int64(fields.count("time"))),
            speaker: fields.string("speaker"), question: fields.string("question") ?? "",
            answer: fields.string("answer") ?? "")
        if id.isEmpty { fields.fault("id", "expected a turn's id") }
        faults.adopt(fields.faults)
    }
}

extension String {
    fileprivate var firstHalf: String { prefix(count / 2) + "…" }
}

extension FieldReader {
    /// A whole number from 0 on; 0 where it is absent.
    mutating func count(_ key: String) -> Int { integer(key, in: 0...Int.max, as: "a whole number from 0 on") ?? 0 }
}
