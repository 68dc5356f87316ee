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
            writer.array { writer in for turn in turns { writer.fragment(turn.record) } }
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
        turns[0] = turns[0].cutting(textsOf: text)
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
    /// It is written with every later turn of its conversation, and put into JSON once.
    fileprivate var record: [UInt8] {
        written { turn in
            JSONWriter.object(capacity: 128 + turn.textBytes) { writer in
                writer.field("id", turn.id)
                writer.field("time", Int(turn.time.milliseconds))
                if let speaker = turn.speaker { writer.field("speaker", speaker) }
                writer.field("question", turn.question)
                writer.field("answer", turn.answer)
            }
        }
    }

    /// The same with half of each text that has so many bytes.
    fileprivate func cutting(textsOf bytes: Int) -> Turn {
        let cut = { (text: String) in text.utf8.count == bytes ? text.prefix(text.count / 2) + "…" : text }
        return Turn(id: id, time: time, speaker: speaker, question: cut(question), answer: cut(answer))
    }

    fileprivate convenience init(_ value: JSONValue, path: String, faults: inout FieldReader) {
        var fields = FieldReader(value.object ?? [:], path: path)
        self.init(
            id: fields.string("id") ?? "", time: Timestamp(milliseconds: Int64(fields.count("time"))),
            speaker: fields.string("speaker"), question: fields.string("question") ?? "",
            answer: fields.string("answer") ?? "")
        if id.isEmpty { fields.fault("id", "expected a turn's id") }
        faults.adopt(fields.faults)
    }
}

extension FieldReader {
    /// A whole number from 0 on; 0 where it is absent.
    mutating func count(_ key: String) -> Int { integer(key, in: 0...Int.max, as: "a whole number from 0 on") ?? 0 }
}
