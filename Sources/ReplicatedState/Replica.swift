import Conversations

/// One document of the bucket and what is to become of it: what is stored, the changes that are not stored yet, and the
/// write that is under way. A value; what is to be done is returned.
///
/// What is shown (``view``) is what is stored with all changes made on it. When another instance has written meanwhile,
/// the changes are made anew on what it wrote: none is lost, and none is made twice.
struct Replica<Value: StoredDocument>: Sendable {
    /// A change that is not stored yet.
    struct Pending: Sendable {
        let number: UInt64
        /// Whether somebody waits for it.
        let isAwaited: Bool
        var change: Value.Change
        /// What it led to, on what was known last.
        var outcome: Value.Outcome
    }

    /// What is in the bucket, as far as is known.
    private enum Stored: Sendable {
        /// Not known: never read, or a write of ours may have arrived or not.
        case unknown
        case revision(UInt64)
        /// Not ours to write over.
        case foreign
    }

    /// A write under way.
    private struct Flight: Sendable {
        let writer: String
        let covers: UInt64
    }

    /// The document with all changes.
    private(set) var view = Value()
    /// Oldest first.
    private(set) var pending: [Pending] = []
    private var stored = Stored.unknown
    private var flight: Flight?
    /// A write of ours of which it is not known whether it arrived, or will yet.
    private var doubtful: Flight?
    /// The latest revision that was heard of.
    private var latest: UInt64 = 0
    /// When it was read or written: before the bucket was watched anew, it says nothing.
    private var generation = 0

    /// Whether something is left to be written.
    var isDirty: Bool { !pending.isEmpty }

    /// Its size in memory, roughly, in bytes.
    var bytes: Int { 200 + view.bytes + pending.count * 64 }

    /// Whether the view is what is in the bucket, with our changes, as far as anybody told.
    func isFresh(_ generation: Int) -> Bool {
        if flight != nil { return true }
        switch stored {
        case .unknown: return false
        case .foreign: return true
        case .revision(let revision): return self.generation == generation && latest <= revision
        }
    }

    /// Somebody wrote it.
    mutating func heard(of revision: UInt64) {
        latest = max(latest, revision)
        // It may be one of ours now.
        if case .foreign = stored { stored = .unknown }
    }

    // MARK: changing

    /// What becomes of a new change.
    enum Added {
        /// It is as good as stored, or never will be.
        case settled(Value.Outcome, isPersisted: Bool)
        case pending(Value.Outcome)
    }

    /// Makes a change.
    ///
    /// - Parameters:
    ///   - number: larger than that of every earlier change.
    ///   - isAwaited: whether somebody waits for it to be stored; then it stays a change of its own.
    ///   - maxPending: beyond that many, the oldest are not written any more.
    mutating func add(
        _ change: Value.Change, number: UInt64, isAwaited: Bool, generation: Int, maxPending: Int
    ) -> Added {
        let isFresh = isFresh(generation)
        let step = view.apply(change)
        if case .foreign = stored { return .settled(step.outcome, isPersisted: false) }
        if !step.isChange, isFresh, pending.isEmpty { return .settled(step.outcome, isPersisted: true) }
        if let last = pending.last, !isAwaited, !last.isAwaited, last.number > flight?.covers ?? 0,
            let combined = Value.combined(last.change, change)
        {
            pending[pending.count - 1].change = combined
            pending[pending.count - 1].outcome = step.outcome
        } else {
            pending.append(Pending(number: number, isAwaited: isAwaited, change: change, outcome: step.outcome))
        }
        if pending.count > maxPending, flight == nil { pending.removeFirst(pending.count - maxPending) }
        return .pending(step.outcome)
    }

    // MARK: reading

    /// What a read found.
    enum Found {
        case nothing
        case document(Value, writer: String, revision: UInt64)
        case foreign
    }

    /// Takes over what was read, and makes the pending changes on it. Returns those that are settled by it.
    mutating func absorb(_ found: Found, generation: Int) -> [Pending] {
        // What is being written is newer, or will turn out not to be.
        guard flight == nil else { return [] }
        self.generation = generation
        var arrived: [Pending] = []
        switch found {
        case .foreign:
            stored = .foreign
            defer { pending = [] }
            return pending
        case .nothing:
            // Whoever deleted it wrote a revision that is not told here.
            stored = .revision(0)
            latest = 0
            view = Value()
        case .document(let value, let writer, let revision):
            if case .revision(let known) = stored, known > revision { return [] }
            stored = .revision(revision)
            latest = max(latest, revision)
            view = value
            if let doubtful, doubtful.writer == writer { arrived = takePending(through: doubtful.covers) }
        }
        var isChanged = false
        for index in pending.indices {
            let step = view.apply(pending[index].change)
            pending[index].outcome = step.outcome
            isChanged = isChanged || step.isChange
        }
        // They had been stored before.
        if !isChanged, let last = pending.last { arrived += takePending(through: last.number) }
        return arrived
    }

    // MARK: writing

    /// What is to be done next.
    enum Next {
        case nothing
        case read
        case write(Value, revision: UInt64)
    }

    /// Begins to write what is pending, if it can be; `writer` tells this write from all others.
    mutating func next(writer: String, generation: Int) -> Next {
        guard flight == nil, let last = pending.last else { return .nothing }
        guard isFresh(generation), case .revision(let revision) = stored else { return .read }
        flight = Flight(writer: writer, covers: last.number)
        return .write(view, revision: revision)
    }

    /// The write arrived. Returns the changes that are stored now.
    mutating func landed(revision: UInt64, generation: Int) -> [Pending] {
        guard let flight else { return [] }
        self.flight = nil
        doubtful = nil
        stored = .revision(revision)
        self.generation = generation
        return takePending(through: flight.covers)
    }

    /// It did not: another instance was faster.
    mutating func lostRace() {
        flight = nil
        stored = .unknown
    }

    /// It did not, or nobody knows.
    mutating func failed() {
        doubtful = flight
        flight = nil
        stored = .unknown
    }

    /// What is pending will not be written. Returns it.
    mutating func giveUp() -> [Pending] {
        flight = nil
        stored = .foreign
        defer { pending = [] }
        return pending
    }

    private mutating func takePending(through number: UInt64) -> [Pending] {
        let count = pending.prefix { $0.number <= number }.count
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }
}
