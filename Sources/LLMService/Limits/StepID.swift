import Conversations
import Synchronization

/// Ids of the steps of somebody's usage.
enum StepID {
    /// Tells the ids of this process from those of others.
    private static let process = Int.random(in: 1..<(1 << 21)) << 32
    private static let counter = Atomic<UInt32>(0)

    /// A random number that this process drew, and a count: 53 bits, which every reader of JSON takes.
    static func make() -> Usage.StepID { process | Int(counter.wrappingAdd(1, ordering: .relaxed).newValue) }
}
