/// How a name, which may hold anything, is written as one token of a subject or of a key, and read again.
///
/// Letters, digits, `-` and `_` stand for themselves, every other byte of the UTF-8 as `=` and two hexadecimal digits:
/// `lobby`, `=23chan`. A name that is empty is written as `=` alone. There is one token for each name, and one name for each
/// token.
package enum NATSToken {
    /// Returns the token of a name.
    ///
    /// - Parameter prefix: what is to stand before it.
    package static func encode(_ name: String, after prefix: String = "") -> String {
        var token = Array(prefix.utf8)
        for byte in name.utf8 {
            if isPlain(byte) {
                token.append(byte)
            } else {
                token += [escape, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        if name.isEmpty { token.append(escape) }
        return String(decoding: token, as: UTF8.self)
    }

    /// Returns the name whose token it is; nil where it is none's.
    package static func decode(_ token: Substring) -> String? {
        var rest = token.utf8
        if rest.elementsEqual([escape]) { return "" }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == escape {
                guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else {
                    return nil
                }
                bytes.append(high << 4 | low)
                if isPlain(high << 4 | low) { return nil }
            } else {
                guard isPlain(byte) else { return nil }
                bytes.append(byte)
            }
        }
        return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static let escape = UInt8(ascii: "=")
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func value(_ digit: UInt8) -> UInt8? { digits.firstIndex(of: digit).map(UInt8.init) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
