package import Conversations
package import JSON
import ServiceRuntime

extension Conversation: StoredDocument {
    /// What its keys begin with.
    package static var keyPrefix: String { "c" }

    /// The version of the format.
    package static var schema: Int { 1 }

    /// Writes what is not in its log.
    package func write(_ writer: inout JSONWriter) {
        writer.field("epoch", Int(epoch))
        writer.field("departed", departed)
        if let persona { writer.field("persona", persona) }
        if let model { writer.field("model", model) }
        if kept.milliseconds > 0 { writer.field("kept", Int(kept.milliseconds)) }
        if let summary {
            writer.field("summary") { writer in
                writer.object { writer in
                    writer.field("text", summary.text)
                    writer.field("through", summary.through)
                }
            }
        }
        writer.field("turns") { writer in
            writer.array { writer in for turn in turns where turn.isInRecord { writer.object(turn.write) } }
        }
    }

    /// Leaves out the older half of the turns in the record; then half of the summary.
    package mutating func shrink() -> Bool {
        let count = turns.count { $0.isInRecord }
        if count > 0 {
            removeOldest(max(1, count / 2))
            return true
        }
        guard let summary, summary.text.utf8.count > 256 else { return false }
        set(turns, Summary(text: summary.text.halved, through: summary.through))
        return true
    }

    /// All turns of both, in the order they were answered; whatever else there is stays.
    package mutating func merge(_ present: Conversation) {
        var merged = present
        let known = Set(present.turns.map(\.id))
        let turns = present.turns + turns.filter { !known.contains($0.id) }
        merged.set(turns.sorted { $0.time < $1.time }, present.summary ?? summary)
        merged.persona = present.persona ?? persona
        merged.model = present.model ?? model
        self = merged
    }

    /// A turn is as large as what was said.
    package static func bytes(of change: ConversationChange) -> Int {
        switch change {
        case .add(let turn, _, _, _, _): 128 + turn.textBytes
        case .summarize(let summary, _): 64 + summary.text.utf8.count
        case .reset, .choosePersona, .chooseModel, .keep: 64
        }
    }

    /// Reads what ``write(_:)`` wrote.
    package init(record: [String: JSONValue]) throws(RecordFault) {
        self.init()
        var fields = FieldReader(record)
        epoch = Epoch(fields.count("epoch"))
        departed = fields.count("departed")
        persona = fields.string("persona")
        model = fields.string("model")
        kept = Timestamp(milliseconds: Int64(fields.count("kept")))
        var summary: Summary?
        if let object = fields.object("summary") {
            var part = FieldReader(object, path: "summary")
            summary = Summary(text: part.string("text") ?? "", through: part.string("through") ?? "")
            fields.adopt(part.faults)
        }
        var turns: [Turn] = []
        for (index, item) in (fields.array("turns", of: "turns") ?? []).enumerated() {
            turns.append(Turn(item, path: "turns[\(index)]", isInRecord: true, faults: &fields))
        }
        set(turns, summary)
        if let fault = RecordFault(fields) { throw fault }
    }
}

extension Turn {
    func write(_ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("time", Int(time.milliseconds))
        if let speaker { writer.field("speaker", speaker) }
        writer.field("question", questionJSON)
        writer.field("answer", answerJSON)
    }

    convenience init(_ value: JSONValue?, path: String, isInRecord: Bool, faults: inout FieldReader) {
        var fields = FieldReader(value?.object ?? [:], path: path)
        self.init(
            id: fields.string("id") ?? "", time: Timestamp(milliseconds: Int64(fields.count("time"))),
            speaker: fields.string("speaker"), question: fields.string("question") ?? "",
            answer: fields.string("answer") ?? "", isInRecord: isInRecord)
        if id.isEmpty { fields.fault("id", "expected a turn's id") }
        faults.adopt(fields.faults)
    }
}

extension String {
    /// Without the second half. By bytes: there are characters of any length.
    var halved: String {
        let middle = utf8.index(startIndex, offsetBy: utf8.count / 2)
        return String(unicodeScalars[..<middle]) + "…"
    }
}

extension FieldReader {
    /// A whole number from 0 on; 0 where it is absent.
    mutating func count(_ key: String) -> Int { integer(key, in: 0...Int.max, as: "a whole number from 0 on") ?? 0 }
}
