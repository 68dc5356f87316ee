public import ServiceRuntime

/// The facts that a channel remembers.
public struct MemoryBook: Sendable, Equatable {
    /// The largest number of facts of a channel that this version keeps.
    public static let maxMemories = 100
    /// How large one may be when it is written down, in bytes; the vectors leave first.
    static let maxWrittenBytes = 512 << 10
    /// The most ids in ``departed``.
    static let maxDeparted = 64

    /// The facts, in the order in which they were added.
    public package(set) var memories: [Memory] = []
    /// Those that left lately, the latest last: a step that is made again brings none of them back.
    package var departed: [Memory.ID] = []

    /// When it was last said that the channel is in use; see ``MemoryChange/keep(at:)``.
    public package(set) var kept = Timestamp(milliseconds: 0)

    /// Creates a memory without facts.
    public init() {}

    /// The fact with that id; nil if there is none.
    public subscript(id: Memory.ID) -> Memory? { memories.first { $0.id == id } }
}

extension MemoryBook {
    /// Its size when it is written down as JSON, in bytes; no less.
    var writtenBytes: Int { memories.reduce(64 + departed.count * 16) { $0 + $1.writtenBytes } }
}

extension Memory {
    fileprivate var writtenBytes: Int {
        256 + text.quotedBytes + (author?.quotedBytes ?? 0) + (vector?.writtenBytes ?? 0)
    }
}

extension MemoryVector {
    /// In base64.
    var writtenBytes: Int { 64 + model.quotedBytes + (values.count + 2) / 3 * 4 }
}

extension String {
    /// Its size in JSON, in bytes.
    fileprivate var quotedBytes: Int {
        utf8.reduce(2) { size, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): size + 2
            case ..<0x20: size + 6
            default: size + 1
            }
        }
    }
}
