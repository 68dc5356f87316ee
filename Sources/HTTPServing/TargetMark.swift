/// What is known of a request's target from before it is decoded in its place: where it ends, and so where the version is
/// to begin. A NUL within it makes another end of it, and an encoded one in its path makes it none.
///
/// Lies in libmicrohttpd's word for a request until there is a ``ServedRequest``, from whose address it differs by
/// its lowest bit.
///
/// `@safe`: the word is never used as an address.
@safe
struct TargetMark {
    let word: UnsafeMutableRawPointer?

    /// - Parameter target: as it came.
    init(of target: UnsafePointer<CChar>) {
        var end = 0
        var isPath = true
        var isHidden = false
        // SAFETY: it is ended by a NUL, and nothing behind that is read.
        while unsafe target[end] != 0 {
            if unsafe target[end] == CChar(ascii: "?") { isPath = false }
            if isPath, unsafe target[end] == CChar(ascii: "%"), unsafe target[end + 1] == CChar(ascii: "0"),
                unsafe target[end + 2] == CChar(ascii: "0")
            {
                isHidden = true
            }
            end += 1
        }
        let address = UInt(bitPattern: target) + UInt(end) + 1
        unsafe word = UnsafeMutableRawPointer(bitPattern: isHidden ? 1 : address << 1 | 1)
    }

    init(_ word: UnsafeMutableRawPointer) { unsafe self.word = word }

    /// Whether it is one, and no request's address.
    var isMark: Bool { unsafe UInt(bitPattern: word) & 1 == 1 }

    /// Whether the target ends where the version begins.
    func isEnd(_ version: UInt) -> Bool { unsafe UInt(bitPattern: word) == version << 1 | 1 }
}

extension CChar {
    fileprivate init(ascii: Unicode.Scalar) { self = CChar(bitPattern: UInt8(ascii: ascii)) }
}
