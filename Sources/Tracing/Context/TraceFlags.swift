/// What is said of a whole trace besides its id. Of flags that are not known nothing is handed on.
package struct TraceFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue & 0x03 }

    /// Whoever called records it, and so may whoever is called.
    package static let sampled = TraceFlags(rawValue: 0x01)
    /// The last seven bytes of the trace's id are random (level 2).
    package static let randomID = TraceFlags(rawValue: 0x02)
}
