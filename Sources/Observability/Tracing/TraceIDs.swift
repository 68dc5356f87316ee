import ServiceRuntime
import Synchronization

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
    package var description: String { high.hexadecimal + low.hexadecimal }
}

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
    package var description: String { value.hexadecimal }
}

/// Draws ids. The process asks the system for chance once; each id after that is a few multiplications (SplitMix64), and
/// none comes twice. They are no secrets.
package final class TraceIDs: Sendable {
    private let count: Atomic<UInt64>

    /// - Parameter seed: for tests; nil for chance.
    package init(seed: UInt64? = nil) { count = Atomic(seed ?? .random(in: .min ... .max)) }

    /// An id of a trace, random in all its bytes.
    package func traceID() -> TraceID {
        while true {
            if let id = TraceID(high: next(), low: next()) { return id }
        }
    }

    /// An id of a span.
    package func spanID() -> SpanID {
        while true {
            if let id = SpanID(next()) { return id }
        }
    }

    private func next() -> UInt64 {
        var bits = count.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

/// Numbers of a fixed length in lower-case hexadecimal, as trace headers have them and nothing else.
enum Hexadecimal {
    /// The number that the digits say; nil where one is none, or is upper-case.
    static func number(_ text: some Sequence<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
