/// A reply with places for what was said: `$1`…`$9`.
package struct Template {
    private let text: String

    /// Creates a template; any text is one.
    package init(_ text: String) { self.text = text }

    /// The places in it.
    package var places: Set<Int> {
        var places: Set<Int> = []
        var isPlace = false
        for byte in text.utf8 {
            if isPlace, let digit = Self.digit(byte) { places.insert(digit) }
            isPlace = byte == UInt8(ascii: "$")
        }
        return places
    }

    /// Returns the text with its places filled; one that nothing was given for is empty.
    package func filled(_ values: [String]) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result: [UInt8] = []
        var isPlace = false
        for byte in text.utf8 {
            if isPlace, let digit = Self.digit(byte) {
                result.removeLast()
                if digit <= values.count { result += values[digit - 1].utf8 }
                isPlace = false
            } else {
                result.append(byte)
                isPlace = byte == UInt8(ascii: "$")
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
