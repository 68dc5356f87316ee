/// Where documents of one kind are kept, by key.
public protocol DocumentStore<Value>: Sendable {
    /// The kind.
    associatedtype Value: Document

    /// The document of `key`; one that nobody has changed yet where there is none.
    func value(_ key: String) async -> Value

    /// Makes a change: whoever asks from now on sees it. What is returned waits until it is kept, and must be called; not for
    /// ever: where it cannot be kept now, that is done later.
    func begin(_ key: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome>

    /// Makes a change without waiting; the last of them may be lost with the process.
    func note(_ key: String, _ change: Value.Change)
}

extension DocumentStore {
    /// Makes a change, and waits until it is kept.
    public func change(_ key: String, _ change: Value.Change) async -> Changed<Value.Outcome> {
        await begin(key, change)()
    }
}

/// What became of a change.
public struct Changed<Outcome: Sendable>: Sendable {
    /// What it led to.
    public var outcome: Outcome
    /// Whether it outlives this process.
    public var isPersisted: Bool

    /// What became of a change.
    public init(_ outcome: Outcome, isPersisted: Bool) {
        self.outcome = outcome
        self.isPersisted = isPersisted
    }
}
