/// A text that is written into JSON more than once: escaped once, when it is made, and copied from then on.
///
/// Only the escaped form is kept; for most texts that is the text itself.
public struct JSONText: Sendable, Hashable {
    /// The text as it stands between the quotation marks of a JSON string.
    let escaped: String
    /// The number of bytes of the text itself, in UTF-8.
    public let byteCount: Int

    /// Escapes a text.
    public init(_ text: String) {
        byteCount = text.utf8.count
        guard JSONWriter.mustEscape(text) else {
            escaped = text
            return
        }
        var writer = JSONWriter(capacity: 0)
        writer.piece(text)
        escaped = String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The number of line feeds in it.
    public var lineBreaks: Int {
        // Each is escaped.
        if escaped.utf8.count == byteCount { return 0 }
        var (count, isEscape) = (0, false)
        for byte in escaped.utf8 {
            if isEscape, byte == UInt8(ascii: "n") { count += 1 }
            isEscape = !isEscape && byte == UInt8(ascii: "\\")
        }
        return count
    }

    /// The number of bytes of the escaped form.
    public var escapedByteCount: Int { escaped.utf8.count }

    /// The text itself.
    public var text: String {
        // Whatever is escaped has become longer.
        if escaped.utf8.count == byteCount { return escaped }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        var rest = escaped.utf8.makeIterator()
        while let byte = rest.next() {
            bytes.append(byte == UInt8(ascii: "\\") ? Self.unescaped(&rest) : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns what follows a backslash: one of the escapes of ``JSONWriter``.
    private static func unescaped(_ rest: inout String.UTF8View.Iterator) -> UInt8 {
        switch rest.next() {
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "u"):
            var code = 0
            for _ in 0..<4 { code = code << 4 | hexDigit(rest.next()) }
            return UInt8(truncatingIfNeeded: code)
        case let byte: return byte ?? UInt8(ascii: "\\")
        }
    }

    private static func hexDigit(_ byte: UInt8?) -> Int {
        guard let byte else { return 0 }
        return Int(byte < UInt8(ascii: "a") ? byte - UInt8(ascii: "0") : byte - UInt8(ascii: "a") + 10)
    }
}
