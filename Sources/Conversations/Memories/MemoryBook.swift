/// What a channel remembers.
public struct MemoryBook: Sendable, Equatable {
    /// The most that this version keeps of a channel.
    public static let maxMemories = 100
    /// How large one may be when it is written down, in bytes; the vectors leave first.
    static let maxWrittenBytes = 512 << 10
    /// The most ids in ``departed``.
    static let maxDeparted = 64

    /// In the order they were added.
    public package(set) var memories: [Memory] = []
    /// Those that left lately, the latest last: a step that is made again brings none of them back.
    package var departed: [Memory.ID] = []

    /// An empty one.
    public init() {}

    /// The memory of that id.
    public subscript(id: Memory.ID) -> Memory? { memories.first { $0.id == id } }
}
