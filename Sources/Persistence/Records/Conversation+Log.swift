import Concurrency
package import Conversations
package import JSON
import ServiceRuntime

/// A turn is an entry of the conversation's log. What an entry says of the conversation besides, how much has left it and
/// with which turn it begins, holds for the conversation as it was then; a reset, which the record tells of, ends all
/// entries from before it.
extension Conversation {
    /// It has one.
    package static var hasLog: Bool { true }

    /// A turn is.
    package static func isEntry(_ change: ConversationChange) -> Bool {
        if case .add = change { true } else { false }
    }

    /// Writes a turn.
    package func writeEntry(of change: ConversationChange, _ writer: inout JSONWriter) {
        guard case .add(let turn, let replaced, let epoch, _, _) = change else { return }
        writer.field("epoch", Int(epoch))
        if departed > 0, let first = turns.first {
            writer.field("departed", departed)
            writer.field("first", first.id)
        }
        if let replaced { writer.field("replaces", replaced) }
        writer.field("turn") { $0.object(turn.write) }
    }

    /// Half of the question or of the answer.
    package static func shortened(_ change: ConversationChange) -> ConversationChange? {
        guard case .add(let turn, let replaced, let epoch, let bounds, let isNew) = change else { return nil }
        var (question, answer) = (turn.question, turn.answer)
        guard max(question.utf8.count, answer.utf8.count) > 256 else { return nil }
        if question.utf8.count > answer.utf8.count { question = question.halved } else { answer = answer.halved }
        let shorter = Turn(id: turn.id, time: turn.time, speaker: turn.speaker, question: question, answer: answer)
        return .add(shorter, replacing: replaced, epoch: epoch, bounds: bounds, isNew: isNew)
    }

    /// The turns before it, since the last reset.
    package func entryNumber(of change: ConversationChange) -> Int? {
        guard case .add(let turn, nil, _, _, _) = change,
            let place = turns.lastIndex(where: { $0.id == turn.id })
        else { return nil }
        return departedEntries + turns.distance(from: turns.startIndex, to: place)
    }

    /// The turns that have left, since the last reset.
    package var departedEntries: Int { departed / 2 }

    /// Takes up the turns of its log, in what its record says. A turn that another version of the program has written into
    /// the record meanwhile has its place among them by its time.
    package mutating func replay(_ entries: [[String: JSONValue]]) throws(RecordFault) {
        var base = Array(turns)
        var logged: [Turn] = []
        var (ofBase, ofLog) = (Set(base.map(\.id)), Set<Turn.ID>())
        var last: (departed: Int, first: Turn.ID?)?
        for entry in entries {
            var fields = FieldReader(entry)
            let turn = Turn(fields.value("turn"), path: "turn", isInRecord: false, faults: &fields)
            let (entryEpoch, replaced) = (Epoch(fields.count("epoch")), fields.string("replaces"))
            let (left, first) = (fields.count("departed"), fields.string("first"))
            if let fault = RecordFault(fields) { throw fault }
            guard entryEpoch >= epoch else { continue }
            last = (left, first)
            guard ofLog.insert(turn.id).inserted else { continue }
            if ofBase.remove(turn.id) != nil { base.removeAll { $0.id == turn.id } }
            if let replaced, let place = logged.lastIndex(where: { $0.id == replaced }) {
                logged[place] = turn
            } else if let replaced, ofBase.remove(replaced) != nil,
                let place = base.firstIndex(where: { $0.id == replaced })
            {
                base[place] = turn
            } else {
                logged.append(turn)
            }
        }
        guard let last else { return }
        let all = Self.merged(base, logged)
        departed = last.departed
        let first = last.first.flatMap { first in all.firstIndex { $0.id == first } }
        set(all[(first ?? 0)...], summary)
    }

    /// Has all turns written into its record.
    package mutating func foldLog() {
        let folded = turns.map { turn in
            Turn(
                id: turn.id, time: turn.time, speaker: turn.speaker, questionJSON: turn.questionJSON,
                answerJSON: turn.answerJSON, isInRecord: true)
        }
        set(folded, summary)
    }

    /// The turns of both by their time, each in its own order.
    private static func merged(_ base: [Turn], _ logged: [Turn]) -> [Turn] {
        guard let last = base.last, let first = logged.first, last.time > first.time else { return base + logged }
        var (merged, rest) = ([Turn](), logged[...])
        for turn in base {
            let earlier = rest.prefix { $0.time < turn.time }
            merged += earlier
            rest = rest.dropFirst(earlier.count)
            merged.append(turn)
        }
        return merged + rest
    }
}
