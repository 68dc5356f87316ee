/// Where documents of one kind are kept, by key.
public protocol DocumentStore<Value>: Sendable {
    /// The kind.
    associatedtype Value: Document

    /// The document of `key`, where nothing has to be read for it; else nil.
    func known(_ key: String) -> Value?

    /// The document of `key`; one that nobody has changed yet where there is none.
    func value(_ key: String) async -> Value

    /// Makes a change: whoever asks from now on sees it. What is returned waits until it is kept, and must be called; not for
    /// ever: where it cannot be kept now, that is done later.
    func begin(_ key: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome>

    /// Makes a change without waiting; the last of them may be lost with the process.
    func note(_ key: String, _ change: Value.Change)

    /// Another instance may change the documents of some partitions, or may have: their copies are dropped as soon as what is
    /// not written is written, and the next look at one is a fresh one. What is kept nowhere else stays.
    ///
    /// - Parameters:
    ///   - partitions: those whose documents are forgotten.
    ///   - partition: returns the partition of a document, by its key; always the same.
    func forget(_ partitions: Set<Int>, by partition: @escaping @Sendable (_ key: String) -> Int)
}

extension DocumentStore {
    /// None is: each is read.
    public func known(_: String) -> Value? { nil }

    /// Nothing: there are no copies.
    public func forget(_: Set<Int>, by _: @escaping @Sendable (_ key: String) -> Int) {}

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

/// What is kept under one key: a value that is changed in steps.
///
/// Several instances of the service may change it at the same time. Each step is made on what there is when it is written,
/// not on what there was when it was thought of; so nothing that another instance did is lost.
public protocol Document: Sendable {
    /// A step, told so that it can be made again on another version of the document.
    associatedtype Change: Sendable
    /// What a step led to.
    associatedtype Outcome: Sendable

    /// One that nobody has changed yet.
    init()

    /// Makes a step for the first time.
    mutating func apply(_ change: Change) -> Step<Outcome>

    /// Makes a step that may have been made before, by whoever does not know whether it arrived: it changes nothing then.
    mutating func reapply(_ change: Change) -> Step<Outcome>

    /// One change that does what two do, one after the other; nil where there is none.
    static func combined(_ earlier: Change, _ later: Change) -> Change?

    /// Its size in memory, roughly, in bytes.
    var bytes: Int { get }
}

extension Document {
    /// The same as for the first time.
    public mutating func reapply(_ change: Change) -> Step<Outcome> { apply(change) }

    /// There is none.
    public static func combined(_: Change, _: Change) -> Change? { nil }
}

/// What became of a step.
public struct Step<Outcome: Sendable>: Sendable {
    /// What it led to.
    public var outcome: Outcome
    /// Whether the document is another one now.
    public var isChange: Bool

    /// A step that changed the document.
    public static func changed(_ outcome: Outcome) -> Step { Step(outcome: outcome, isChange: true) }

    /// A step that left it as it was.
    public static func unchanged(_ outcome: Outcome) -> Step { Step(outcome: outcome, isChange: false) }
}

extension Step<Void> {
    /// A step that changed the document.
    public static var changed: Step { .changed(()) }

    /// A step that left it as it was.
    public static var unchanged: Step { .unchanged(()) }
}
