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
