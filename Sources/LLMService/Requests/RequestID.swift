import Conversations
import ServiceRuntime
import Synchronization

/// Ids for requests that came without one.
package enum RequestID {
    /// Tells the ids of this process from those of others.
    private static let process = UInt32.random(in: .min ... .max).hexadecimal
    private static let counter = Atomic<UInt32>(0)

    /// Sixteen hexadecimal digits: eight random ones that this process drew, and a count. (Drawing for each id would be a
    /// system call for each.)
    package static func make() -> String { process + counter.wrappingAdd(1, ordering: .relaxed).newValue.hexadecimal }
}

/// Ids of the steps of somebody's usage.
enum StepID {
    /// Tells the ids of this process from those of others.
    private static let process = Int.random(in: 1..<(1 << 21)) << 32
    private static let counter = Atomic<UInt32>(0)

    /// A random number that this process drew, and a count: 53 bits, which every reader of JSON takes.
    static func make() -> Usage.StepID { process | Int(counter.wrappingAdd(1, ordering: .relaxed).newValue) }

    /// The same for the same turn, whichever process makes it: FNV-1a, in 53 bits too.
    static func make(of turnID: String, _ channel: String?) -> Usage.StepID {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(turnID.utf8) + [0] + Array((channel ?? "").utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return Int(hash >> 11)
    }
}
