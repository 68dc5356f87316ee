import Conversations
import ServiceRuntime

/// The documents of one kind that are in memory. A value.
///
/// The least recently used leave, but for those that are not written yet; these too where they take three times the room.
struct ReplicaTable<Value: StoredDocument>: Sendable {
    private let maxCount: Int
    private let maxBytes: Int
    private var replicas: LRUTable<String, Replica<Value>>
    private(set) var bytes = 0
    /// Those with something to be written.
    private(set) var dirty: Set<String> = []

    init(maxCount: Int, maxBytes: Int) {
        self.maxCount = maxCount
        self.maxBytes = maxBytes
        replicas = LRUTable(capacity: .max)
    }

    var count: Int { replicas.count }

    /// The keys of all of them.
    var keys: [String] { replicas.keys }

    /// The document's state, if it is in memory.
    mutating func peek(_ key: String) -> Replica<Value>? { replicas.value(key) }

    /// Changes the document's state; one that is not in memory is unknown.
    ///
    /// - Parameter number: larger than that of every read begun before.
    mutating func update<Result>(
        _ key: String, since number: UInt64, _ body: (inout Replica<Value>) -> Result
    ) -> Result {
        var (before, after, isDirty) = (0, 0, false)
        let isNew = replicas.value(key) == nil
        let result = replicas.update(key, default: Replica(since: number)) { replica in
            before = isNew ? 0 : replica.bytes
            defer { (after, isDirty) = (replica.bytes, replica.isDirty) }
            return body(&replica)
        }
        bytes += after - before
        if isDirty { dirty.insert(key) } else { dirty.remove(key) }
        return result
    }

    /// Changes the state of a document, if it is in memory.
    mutating func updateIfPresent<Result>(_ key: String, _ body: (inout Replica<Value>) -> Result) -> Result? {
        replicas.value(key) == nil ? nil : update(key, since: 0, body)
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
}
