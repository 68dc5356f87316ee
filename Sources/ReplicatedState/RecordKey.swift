/// How names, which may hold anything, are written as keys of a key-value bucket, and read again.
///
/// Letters, digits, `-` and `_` stand for themselves, every other byte of the UTF-8 as `=` and two hexadecimal digits; one
/// or more letters and a dot before it say what kind of document it is: `c.lobby`, `c.=23chan`. A name that is empty is
/// written as `=` alone. There is one key for each name, and one name for each key.
package enum RecordKey {
    /// The key of a name.
    package static func encode(_ name: String, prefix: String) -> String {
        var key = Array((prefix + ".").utf8)
        for byte in name.utf8 {
            if isPlain(byte) {
                key.append(byte)
            } else {
                key += [escape, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        if name.isEmpty { key.append(escape) }
        return String(decoding: key, as: UTF8.self)
    }

    /// The name that a key is of; nil where it is of another kind, or none of ours.
    package static func decode(_ key: String, prefix: String) -> String? {
        guard key.hasPrefix(prefix + ".") else { return nil }
        var rest = key.utf8.dropFirst(prefix.utf8.count + 1)
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
