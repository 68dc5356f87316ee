/// One span within its trace: eight bytes, not all zero.
package struct SpanID: Sendable, Hashable, CustomStringConvertible {
    /// The bytes, the first one the most significant.
    package let value: UInt64

    /// Nil for zero, which is no id.
    package init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    /// Sixteen lower-case hexadecimal digits.
    package var description: String { Hexadecimal.text(value) }
}
