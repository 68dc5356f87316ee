import Concurrency
import Conversations
import ServiceRuntime

/// How much of a kind of documents is in memory, and how long is waited for a write.
package struct ReplicaLimits: Sendable {
    /// The most documents.
    package var documents: Int
    /// The most bytes of all of them, roughly.
    package var bytes: Int
    /// The most changes of one document that wait to be written; the oldest leave first.
    package var pendingChanges = 1000
    /// How long an answer waits for its change to be stored.
    package var writeTimeout: Duration = .milliseconds(500)
    /// How long a change that no answer waits for may stay unwritten.
    package var noteDelay: Duration = .seconds(1)
    /// How long what was read is taken for the latest, of documents that several instances change; nil: of a document
    /// that is one instance's alone, until it is forgotten.
    package var trust: Duration?

    /// Creates limits.
    package init(documents: Int = 10_000, bytes: Int = 32 << 20, trust: Duration? = nil) {
        self.documents = documents
        self.bytes = bytes
        self.trust = trust
    }
}

/// The documents of one kind that are in memory, and who writes them. A value; who waits for what has left is returned.
///
/// The least recently used leave, but for those that are not written yet; these too where they take three times the room.
struct ReplicaTable<Value: StoredDocument>: Sendable {
    typealias Pending = Replica<Value>.Pending
    typealias Waiter = WaitSlot<Changed<Value.Outcome>>

    private let limits: ReplicaLimits
    private var replicas = LRUTable<String, Replica<Value>>(capacity: .max)
    private(set) var bytes = 0
    /// Those with something to be written.
    private(set) var dirty: Set<String> = []
    /// Those with changes that nobody waits for.
    private var noted: Set<String> = []
    /// Those that somebody writes right now.
    private var served: Set<String> = []
    /// Counts changes, reads and writes: what comes first has the smaller number.
    private var lastNumber: UInt64 = 0
    /// When the documents of a partition were forgotten, and any at all.
    private var forgotten: (partitions: [Int: UInt64], last: UInt64) = ([:], 0)
    /// The partition of a document, by its name.
    private var partition: @Sendable (String) -> Int = { _ in 0 }

    init(limits: ReplicaLimits) { self.limits = limits }

    var count: Int { replicas.count }

    /// The document's state, if it is in memory.
    mutating func peek(_ key: String) -> Replica<Value>? {
        guard let replica = replicas.value(key) else { return nil }
        guard replica.known < forgotten.last else { return replica }
        return updateIfPresent(key) { replica, _ in replica }
    }

    /// Changes the document's state; one that is not in memory is unknown. It is told a number larger than those before.
    mutating func update<Result>(_ key: String, _ body: (inout Replica<Value>, _ number: UInt64) -> Result) -> Result {
        lastNumber += 1
        let number = lastNumber
        var (before, after, isDirty) = (0, 0, false)
        let isNew = replicas.value(key) == nil
        let (forgotten, partition) = (forgotten, partition)
        let result = replicas.update(key, default: Replica(since: number)) { replica in
            before = isNew ? 0 : replica.bytes
            defer { (after, isDirty) = (replica.bytes, replica.isDirty) }
            if replica.known < forgotten.last, let name = RecordKey.decode(key, prefix: Value.keyPrefix),
                let since = forgotten.partitions[partition(name)], replica.known < since
            {
                replica.forget(number: since)
            }
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

    /// What is known of the documents of some partitions is out of date. That is looked at when they are: a partition costs
    /// the same however many documents it has.
    mutating func forget(_ partitions: Set<Int>, by partition: @escaping @Sendable (String) -> Int) {
        lastNumber += 1
        self.partition = partition
        for one in partitions { forgotten.partitions[one] = lastNumber }
        forgotten.last = lastNumber
    }

    /// Lets leave what there is no room for. Returns those of them that were not written.
    mutating func makeRoom() -> [Replica<Value>] {
        var lost: [Replica<Value>] = []
        while count > limits.documents || bytes > limits.bytes {
            let isCrowded = count > 3 * limits.documents || bytes > 3 * limits.bytes
            guard let (key, replica) = replicas.removeOldest(within: 8, where: { !$0.isDirty || isCrowded }) else {
                break
            }
            bytes -= replica.bytes
            if dirty.remove(key) != nil { lost.append(replica) }
        }
        return lost
    }

    /// Makes a change. Returns what became of it, and those before it that are not written any more.
    ///
    /// - Parameter waiter: who waits for it to be stored, if somebody does.
    mutating func add(
        _ change: Value.Change, to key: String, _ waiter: Waiter?, earliest: Replica<Value>.Moment
    ) -> (added: Replica<Value>.Added, dropped: [Pending]) {
        let limit = limits.pendingChanges
        return update(key) { replica, number in
            (replica.add(change, number: number, waiter: waiter, earliest: earliest), replica.drop(beyond: limit))
        }
    }

    /// The changes that somebody waits for.
    var awaited: [Pending] {
        mutating get { dirty.flatMap { replicas.value($0)?.pending ?? [] }.filter { $0.waiter != nil } }
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
