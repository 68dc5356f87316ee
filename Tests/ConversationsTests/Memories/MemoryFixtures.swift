import Conversations
import ServiceRuntime
import Testing

/// A memory of that id, added so many minutes after noon.
func memory(
    _ id: Memory.ID, _ text: String, importance: Int = 1, author: String? = "alice", minute: Int = 0
) throws -> Memory {
    try #require(
        Memory(id: id, text, importance: importance, author: author, created: moment(minute)))
}

/// So many minutes after noon of a day.
func moment(_ minute: Int) -> Timestamp { Timestamp(milliseconds: 1_772_366_400_000 + Int64(minute) * 60_000) }

extension MemoryBook {
    /// Makes a step, and gives what it led to.
    mutating func step(_ change: MemoryChange) -> MemoryOutcome { apply(change).outcome }

    /// One with these in it.
    static func with(_ memories: [Memory]) -> MemoryBook {
        memories.reduce(into: MemoryBook()) { _ = $0.step(.add($1, most: 100)) }
    }

    var ids: [Memory.ID] { memories.map(\.id) }
}
