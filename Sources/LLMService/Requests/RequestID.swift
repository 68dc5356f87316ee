import Synchronization

/// Ids for requests that came without one.
package enum RequestID {
    /// Tells the ids of this process from those of others.
    private static let process = hexadecimal(UInt32.random(in: .min ... .max))
    private static let counter = Atomic<UInt32>(0)

    /// Sixteen hexadecimal digits: eight random ones that this process drew, and a count. (Drawing for each id would be a
    /// system call for each.)
    package static func make() -> String {
        process + hexadecimal(counter.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
