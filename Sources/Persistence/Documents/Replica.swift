import Concurrency
import Conversations

/// One document of the bucket and what is to become of it: what is stored, the changes that are not stored yet, and the
/// write that is under way. A value; what is to be done is returned.
///
/// Its ``value`` is what is stored with all changes made on it. When another instance has written meanwhile,
/// the revision says so, and the changes are made anew on what it wrote: none is lost, and none is made twice.
struct Replica<Value: StoredDocument>: Sendable {
    /// What is stored, as far as is known.
    private enum Stored: Sendable {
        /// Not known: never read, or a write of ours may have arrived or not.
        case unknown
        case at(Place)
        /// Not ours to write over.
        case foreign
    }

    /// A write under way.
    private struct Flight: Sendable {
        let writer: String
        /// The last change that it stores.
        let covers: UInt64
        let generation: Int
        /// The number of the entry that it adds to the log, and of those that nobody needs any more; nil for a record.
        let entry: (number: Int?, departed: Int)?
    }

    /// A read under way.
    struct Reading: Sendable {
        fileprivate let number: UInt64
        fileprivate let began: Moment
    }

    /// The most writes that may be in doubt; of an earlier one the changes are made again, which changes nothing.
    private static var maxDoubtful: Int { 8 }

    /// The document with all changes that were made here.
    private(set) var value = Value()
    /// Oldest first.
    private(set) var pending: [Pending] = []
    private var pendingBytes = 0
    private var stored = Stored.unknown
    /// When what is known was asked for, or written: what was asked for before that is older.
    private(set) var known: UInt64
    private var flight: Flight?
    /// Writes of ours of which it is not known whether they arrived, or will yet; the latest last.
    private var doubtful: [Flight] = []
    /// When it was read or written.
    private var taken: Moment?

    /// - Parameter number: larger than that of every read begun before.
    init(since number: UInt64) { known = number }

    /// Whether something is left to be written.
    var isDirty: Bool { !pending.isEmpty }

    /// Its size in memory, roughly, in bytes.
    var bytes: Int { 200 + value.bytes + pendingBytes }

    /// Whether the value is what was in the bucket, with our changes, at `earliest` or later.
    func isFresh(_ earliest: Moment) -> Bool {
        if let flight, taken != nil { return flight.generation == earliest.generation }
        if case .unknown = stored { return false }
        guard let taken else { return false }
        return taken.generation == earliest.generation && taken.time >= earliest.time
    }

    /// It may be another one by now: what is known of it, and what a read that is under way is going to find, is out of date.
    ///
    /// - Parameter number: larger than that of every read begun before.
    mutating func forget(number: UInt64) {
        if flight == nil { stored = .unknown }
        taken = nil
        known = number
    }

    // MARK: changing

    /// What becomes of a new change.
    enum Added {
        /// It is as good as stored, or never will be.
        case settled(Value.Outcome, isPersisted: Bool)
        case pending(Value.Outcome)
    }

    /// Lets the oldest changes go, beyond so many: they are not written. Returns them.
    mutating func drop(beyond count: Int) -> [Pending] {
        flight == nil ? takeFirst(max(0, pending.count - count)) : []
    }

    /// Makes a change.
    ///
    /// - Parameters:
    ///   - number: larger than that of every earlier change.
    ///   - waiter: who waits for it to be stored; then it stays a change of its own.
    mutating func add(
        _ change: Value.Change, number: UInt64, waiter: WaitSlot<Changed<Value.Outcome>>?, earliest: Moment
    ) -> Added {
        let isFresh = isFresh(earliest)
        let step = value.apply(change)
        if isFresh, case .foreign = stored { return .settled(step.outcome, isPersisted: false) }
        if !step.isChange, isFresh, pending.isEmpty { return .settled(step.outcome, isPersisted: true) }
        var added = Pending(
            number: number, waiter: waiter, change: change, outcome: step.outcome, isChange: step.isChange)
        if waiter == nil, let combined = combinedWithLast(change) {
            let last = takeLast()
            added = Pending(
                number: last.number, waiter: nil, change: combined, outcome: step.outcome,
                isChange: last.isChange || step.isChange)
        }
        append(added)
        return .pending(step.outcome)
    }

    /// The last change and this one in one; not where somebody waits for it, or it may be written without this one.
    private func combinedWithLast(_ change: Value.Change) -> Value.Change? {
        let covered = max(flight?.covers ?? 0, doubtful.last?.covers ?? 0)
        guard let last = pending.last, last.waiter == nil, last.number > covered else { return nil }
        return Value.combined(last.change, change)
    }

    // MARK: reading

    /// Begins to read it.
    mutating func beginReading(number: UInt64, now: Moment) -> Reading {
        // Its answer went to a connection that is no more.
        if let flight, flight.generation != now.generation { writeFailed() }
        return Reading(number: number, began: now)
    }

    /// What a read found.
    enum Found {
        /// A document, empty where nothing is stored, and who wrote its record.
        case document(Value, writer: String, at: Place)
        case foreign
    }

    /// Takes over what was read, and makes the pending changes on it. Returns those that are settled by it.
    mutating func absorb(_ found: Found, _ reading: Reading) -> [Pending] {
        // What is being written is newer, or will turn out not to be.
        guard flight == nil else { return [] }
        if reading.number >= known {
            known = reading.number
            taken = reading.began
            switch found {
            case .document(_, _, let place): stored = .at(place)
            case .foreign: stored = .foreign
            }
        } else {
            // It was asked for before; it is better than nothing, and will be asked for again.
            guard case .unknown = stored else { return [] }
        }
        switch found {
        case .foreign:
            if case .unknown = stored { return [] }
            return takeFirst(pending.count)
        case .document(let value, let writer, _):
            self.value = value
            guard let index = doubtful.lastIndex(where: { $0.writer == writer }) else { return replay() }
            let arrived = takePending(through: doubtful[index].covers)
            doubtful.removeFirst(index + 1)
            return arrived + replay()
        }
    }

    /// Makes the pending changes on what was read. Returns those of the first that had been stored before.
    private mutating func replay() -> [Pending] {
        for index in pending.indices {
            let step = value.reapply(pending[index].change)
            pending[index].outcome = step.outcome
            pending[index].isChange = step.isChange
        }
        return takeFirst(pending.prefix { !$0.isChange }.count)
    }

    // MARK: writing

    /// What is to be done next.
    enum Next {
        case nothing
        case read
        /// Write the document's record over this revision, with the writer's name in it.
        case write(Value, revision: UInt64, writer: String)
        /// Add a change of the document as an entry to its log.
        case append(Value.Change, Value, at: Place)
    }

    /// Begins to write what is pending, if it can be; `writer` tells this write of a record from all others.
    mutating func next(writer: @autoclosure () -> String, generation: Int) -> Next {
        guard flight == nil, !pending.isEmpty else { return .nothing }
        // However long ago it was read: a write names the revision it is made on, and so never does harm. Where nothing
        // would be changed, a read says as much.
        guard case .at(let place) = stored, taken?.generation == generation,
            // A closure: the key path of a generic type would be made anew each time.
            let first = pending.firstIndex(where: { $0.isChange })
        else { return .read }
        let change = pending[first].change
        if Value.isEntry(change) {
            flight = Flight(
                writer: "", covers: pending[first].number, generation: generation,
                entry: (value.entryNumber(of: change), value.departedEntries))
            return .append(change, value, at: place)
        }
        // An entry that comes later is written later.
        let end = pending[first...].firstIndex { $0.isChange && Value.isEntry($0.change) } ?? pending.endIndex
        let writer = writer()
        flight = Flight(writer: writer, covers: pending[end - 1].number, generation: generation, entry: nil)
        return .write(value, revision: place.record, writer: writer)
    }

    /// The write under way succeeded. Returns the changes that are stored now.
    ///
    /// - Parameters:
    ///   - number: larger than that of every read begun before.
    ///   - isWhole: whether all of the document was written; where not, it is read again.
    mutating func writeSucceeded(revision: UInt64, now: Moment, number: UInt64, isWhole: Bool) -> [Pending] {
        guard let flight else { return [] }
        self.flight = nil
        // They named earlier revisions, and can arrive no more.
        if flight.entry == nil { doubtful = [] }
        known = number
        // That a record could be written says all there is to know, unless there is a log beside it.
        if !Value.hasLog { taken = now }
        if isWhole, taken != nil, case .at(var place) = stored {
            if let entry = flight.entry {
                place.log = revision
                place.start.added(revision, number: entry.number, departed: entry.departed)
            } else {
                place.record = revision
            }
            stored = .at(place)
        } else {
            stored = .unknown
        }
        let settled = takePending(through: flight.covers)
        // What came meanwhile and changes nothing is stored too.
        return pending.contains(where: { $0.isChange }) || !isWhole ? settled : settled + takeFirst(pending.count)
    }

    /// The write under way failed because another instance has written meanwhile.
    mutating func writeConflicted() {
        flight = nil
        stored = .unknown
    }

    /// The write under way failed, or nobody knows whether it did.
    mutating func writeFailed() {
        // Whether an entry arrived, the log itself tells.
        if let flight, flight.entry == nil { doubtful = doubtful.suffix(Self.maxDoubtful - 1) + [flight] }
        flight = nil
        stored = .unknown
    }

    /// The server refused the write under way: what is stored is as it was.
    mutating func writeRefused() { flight = nil }

    /// What is pending will not be written. Returns it. (It is part of the value, and so of what is written next.)
    mutating func giveUp() -> [Pending] {
        flight = nil
        return takeFirst(pending.count)
    }

    // MARK: the pending changes

    private mutating func append(_ change: Pending) {
        pending.append(change)
        pendingBytes += Self.bytes(change)
    }

    private mutating func takeLast() -> Pending {
        let last = pending.removeLast()
        pendingBytes -= Self.bytes(last)
        return last
    }

    private mutating func takeFirst(_ count: Int) -> [Pending] {
        let first = Array(pending.prefix(count))
        pending.removeFirst(count)
        pendingBytes -= first.reduce(0) { $0 + Self.bytes($1) }
        return first
    }

    private mutating func takePending(through number: UInt64) -> [Pending] {
        takeFirst(pending.prefix { $0.number <= number }.count)
    }

    private static func bytes(_ change: Pending) -> Int { 64 + Value.bytes(of: change.change) }
}
