/// Numbers of a fixed length in lower-case hexadecimal, as trace headers have them and nothing else.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Sixteen digits.
    static func text(_ number: UInt64) -> String { text(number, digits: 16) }

    /// Two digits.
    static func text(_ byte: UInt8) -> String { text(UInt64(byte), digits: 2) }

    private static func text(_ number: UInt64, digits count: Int) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for position in (0..<count).reversed() { bytes.append(digits[Int((number >> UInt64(position * 4)) & 15)]) }
        return String(decoding: bytes, as: UTF8.self)
    }

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
