/// What all spans of one trace have in common: 16 bytes, not all zero.
package struct TraceID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes and the last eight.
    package let high, low: UInt64

    /// Nil for zero, which is no id.
    package init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        (self.high, self.low) = (high, low)
    }

    /// Thirty-two lower-case hexadecimal digits.
    package var description: String { Hexadecimal.text(high) + Hexadecimal.text(low) }
}
