import ServiceRuntime
import Synchronization

/// Documents in memory: gone with the process.
public final class MemoryDocuments<Value: Document>: DocumentStore {
    private let documents: Mutex<LRUTable<String, Value>>

    /// Creates an empty store.
    ///
    /// - Parameter capacity: the most documents held; the least recently used leaves first.
    public init(capacity: Int = 10_000) { documents = Mutex(LRUTable(capacity: capacity)) }

    /// The documents held.
    public var count: Int { documents.withLock { $0.count } }

    /// The document of `key`.
    public func known(_ key: String) -> Value? { documents.withLock { $0.value(key) } ?? Value() }

    /// The document of `key`.
    public func value(_ key: String) async -> Value { known(key) ?? Value() }

    /// Makes a change, which does not outlive the process.
    public func begin(_ key: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome> {
        let changed = Changed(apply(change, to: key), isPersisted: false)
        return { changed }
    }

    /// Makes a change.
    public func note(_ key: String, _ change: Value.Change) { _ = apply(change, to: key) }

    private func apply(_ change: Value.Change, to key: String) -> Value.Outcome {
        documents.withLock { $0.update(key, default: Value()) { $0.apply(change).outcome } }
    }
}
