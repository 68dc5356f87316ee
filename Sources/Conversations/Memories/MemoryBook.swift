public import ServiceRuntime

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

    /// When it was last said that the channel is in use; see ``MemoryChange/keep(at:)``.
    public package(set) var kept = Timestamp(milliseconds: 0)

    /// An empty one.
    public init() {}

    /// The memory of that id.
    public subscript(id: Memory.ID) -> Memory? { memories.first { $0.id == id } }
}
