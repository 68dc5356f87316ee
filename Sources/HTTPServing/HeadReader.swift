/// Reads a request's head where it lies in libmicrohttpd's buffer, as it came but for NULs in place of what divides it.
///
/// libmicrohttpd takes a NUL that was sent for such a division, forgets what comes after it, and forgives more that
/// others read otherwise: line ends of one character, continued lines, spaces before a colon. So every part has to begin
/// exactly where the one before it ends, and the last of them to end with the head.
final class HeadReader {
    private(set) var fields: [(name: String, value: String)] = []
    private var isSound = true
    /// The address at which the next part is to begin.
    private var next: UInt

    /// - Parameter start: where the first field is to begin, or the empty line.
    init(start: UInt) { next = start }

    /// Takes the next field.
    func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        let nameStart = UInt(bitPattern: name.baseAddress)
        let valueStart = UInt(bitPattern: value.baseAddress)
        // Behind a name there was a colon.
        if nameStart != next || valueStart <= nameStart + UInt(name.count) { isSound = false }
        // SAFETY: libmicrohttpd gives the sizes with the strings.
        let isName = unsafe name.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        let isValue = unsafe value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        if !isName || !isValue { isSound = false }
        next = valueStart + UInt(value.count) + Self.lineEnd
        unsafe fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    /// Whether all of the head was read.
    /// - Parameter end: where it ends, the empty line included.
    func isWhole(end: UInt) -> Bool { isSound && next + Self.lineEnd == end }

    /// CR and LF.
    static var lineEnd: UInt { 2 }
}
