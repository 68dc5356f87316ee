public import ServiceRuntime

/// A fact that a channel remembers, on one line.
public struct Memory: Sendable, Equatable {
    /// Eight hexadecimal digits.
    public typealias ID = String

    /// The kind of a fact.
    public enum Category: String, Sendable, CaseIterable { case fact, preference, topic }

    /// The largest length of the text, in bytes.
    public static let maxBytes = 1000
    /// The range of ``importance``.
    public static let importances = 1...5

    /// The id, unique within its channel.
    public let id: ID
    /// The text: one line without control characters.
    public let text: String
    /// The kind of a fact.
    public let category: Category
    /// 1 to 5; the least important facts are removed first when there are too many.
    public package(set) var importance: Int
    /// The user who wanted it remembered, if known.
    public let author: String?
    /// When it was added.
    public let created: Timestamp
    /// When it was last used in a prompt or found by a search, or added again.
    public package(set) var lastUsed: Timestamp?
    /// How often it was used in a prompt or found by a search.
    public package(set) var uses = 0
    /// Its vector by an embedding model, if there is one.
    public package(set) var vector: MemoryVector?

    /// Creates a memory; nil where nothing is left of the text on one line, or more than ``maxBytes``, and where the
    /// importance is not one.
    public init?(
        id: ID = Memory.newID(), _ text: String, category: Category = .fact, importance: Int = 1,
        author: String? = nil, created: Timestamp
    ) {
        let line = text.onOneLine
        guard !line.isEmpty, line.utf8.count <= Self.maxBytes, Self.importances.contains(importance) else { return nil }
        self.id = id
        self.text = line
        self.category = category
        self.importance = importance
        self.author = author.flatMap(\.speakerName)
        self.created = created
    }

    /// When it was last used, or else added.
    public var touched: Timestamp { max(created, lastUsed ?? created) }

    /// Whether it is that person's.
    package func isBy(_ name: String) -> Bool { author != nil && name.speakerName == author }

    /// Returns a random id.
    public static func newID() -> ID { UInt32.random(in: .min ... .max).hexadecimal }

    /// Whether another says the same, however it is capitalised. (White space is the same already.)
    func says(theSameAs other: Memory) -> Bool { text.lowercased() == other.text.lowercased() }

    /// Its size in memory, roughly, in bytes.
    var bytes: Int { 192 + text.utf8.count + (author?.utf8.count ?? 0) + (vector?.values.count ?? 0) }
}
