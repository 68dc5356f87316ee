import Conversations
import ServiceRuntime

/// The documents of one kind that are in memory, who writes them, and who waits for that. A value; whom to resume is
/// returned.
///
/// The least recently used leave, but for those that are not written yet; these too where they take three times the room.
struct ReplicaTable<Value: StoredDocument>: Sendable {
    typealias Outcome = Changed<Value.Outcome>
    typealias Pending = Replica<Value>.Pending
    /// Somebody whose wait is over.
    typealias Ended = (continuation: CheckedContinuation<Outcome, Never>, outcome: Outcome)

    private let maxCount: Int
    private let maxBytes: Int
    private var replicas = LRUTable<String, Replica<Value>>(capacity: .max)
    private(set) var bytes = 0
    /// Those with something to be written.
    private(set) var dirty: Set<String> = []
    /// Those with changes that nobody waits for.
    private var noted: Set<String> = []
    /// Those that somebody writes right now.
    private var served: Set<String> = []
    private var waiters = WaiterTable<Outcome>()
    /// For which document somebody waits, and what the change led to at first.
    private var awaited: [UInt64: (key: String, outcome: Value.Outcome)] = [:]
    /// Counts changes, reads and writes: what comes first has the smaller number.
    private var lastNumber: UInt64 = 0

    init(maxCount: Int, maxBytes: Int) {
        self.maxCount = maxCount
        self.maxBytes = maxBytes
    }

    var count: Int { replicas.count }

    /// The keys of all of them.
    var keys: [String] { replicas.keys }

    /// The document's state, if it is in memory.
    mutating func peek(_ key: String) -> Replica<Value>? { replicas.value(key) }

    /// Changes the document's state; one that is not in memory is unknown. It is told a number larger than those before.
    mutating func update<Result>(_ key: String, _ body: (inout Replica<Value>, _ number: UInt64) -> Result) -> Result {
        lastNumber += 1
        let number = lastNumber
        var (before, after, isDirty) = (0, 0, false)
        let isNew = replicas.value(key) == nil
        let result = replicas.update(key, default: Replica(since: number)) { replica in
            before = isNew ? 0 : replica.bytes
            defer { (after, isDirty) = (replica.bytes, replica.isDirty) }
            return body(&replica, number)
        }
        bytes += after - before
        if isDirty { dirty.insert(key) } else { dirty.remove(key) }
        return result
    }

    /// Changes the state of a document, if it is in memory.
    mutating func updateIfPresent<Result>(
        _ key: String, _ body: (inout Replica<Value>, _ number: UInt64) -> Result
    ) -> Result? {
        replicas.value(key) == nil ? nil : update(key, body)
    }

    /// Lets leave what there is no room for. Returns how many of them were not written.
    mutating func makeRoom() -> Int {
        var lost = 0
        while count > maxCount || bytes > maxBytes {
            let isCrowded = count > 3 * maxCount || bytes > 3 * maxBytes
            guard let (key, replica) = replicas.removeOldest(within: 8, where: { !$0.isDirty || isCrowded }) else {
                break
            }
            bytes -= replica.bytes
            if dirty.remove(key) != nil { lost += 1 }
        }
        return lost
    }

    // MARK: changing

    /// Makes a change. Returns what became of it, and its number.
    mutating func add(
        _ change: Value.Change, to key: String, isAwaited: Bool, earliest: Replica<Value>.Moment, maxPending: Int
    ) -> (added: Replica<Value>.Added, number: UInt64) {
        let (added, number) = update(key) { replica, number in
            let added = replica.add(
                change, number: number, isAwaited: isAwaited, earliest: earliest, maxPending: maxPending)
            return (added, number)
        }
        if isAwaited, case .pending(let outcome) = added {
            waiters.add(number)
            awaited[number] = (key, outcome)
        }
        return (added, number)
    }

    /// Somebody waits for an awaited change from now on. Returns what became of it, where that is known.
    mutating func wait(_ number: UInt64, _ continuation: CheckedContinuation<Outcome, Never>) -> Outcome? {
        waiters.wait(number, continuation)
    }

    /// These changes are stored, or never will be.
    mutating func settle(_ changes: [Pending], isPersisted: Bool) -> [Ended] {
        changes.compactMap { change in
            change.isAwaited ? end(change.number, Changed(change.outcome, isPersisted: isPersisted)) : nil
        }
    }

    /// Whoever waits for this change waits no longer; it is stored later.
    mutating func stopWaiting(_ number: UInt64) -> Ended? {
        guard let (key, first) = awaited[number] else { return nil }
        let outcome = peek(key)?.pending.first { $0.number == number }?.outcome ?? first
        return end(number, Changed(outcome, isPersisted: false))
    }

    /// Nobody waits any longer.
    mutating func stopWaiting() -> [Ended] {
        var ended: [Ended] = []
        for number in Array(awaited.keys) { if let one = stopWaiting(number) { ended.append(one) } }
        return ended
    }

    private mutating func end(_ number: UInt64, _ outcome: Outcome) -> Ended? {
        guard awaited.removeValue(forKey: number) != nil else { return nil }
        return waiters.end(number, outcome).map { ($0, outcome) }
    }

    // MARK: writing

    /// The keys of all documents with something to be written; or of at most so many of them, by chance.
    func dirty(atMost count: Int?) -> Set<String> {
        guard let count, count < dirty.count else { return dirty }
        return Set((0..<count).compactMap { _ in dirty.randomElement() })
    }

    /// The document has changes that nobody waits for. Returns whether it is the only one.
    mutating func note(_ key: String) -> Bool {
        defer { noted.insert(key) }
        return noted.isEmpty
    }

    /// The documents noted since the last time.
    mutating func takeNoted() -> Set<String> {
        defer { noted = [] }
        return noted
    }

    /// Whether nobody writes the document yet: from now on somebody does.
    mutating func beginServing(_ key: String) -> Bool { served.insert(key).inserted }

    /// Whoever wrote it is done. Returns whether there is more to be written by now.
    mutating func endServing(_ key: String) -> Bool {
        served.remove(key)
        return dirty.contains(key)
    }
}
