extension MemoryBook {
    /// Its size when it is written down as JSON, in bytes; no less.
    var writtenBytes: Int { memories.reduce(64 + departed.count * 16) { $0 + $1.writtenBytes } }
}

extension Memory {
    fileprivate var writtenBytes: Int {
        256 + text.quotedBytes + (author?.quotedBytes ?? 0) + (vector?.writtenBytes ?? 0)
    }
}

extension MemoryVector {
    /// In base64.
    var writtenBytes: Int { 64 + model.quotedBytes + (values.count + 2) / 3 * 4 }
}

extension String {
    /// Its size in JSON, in bytes.
    fileprivate var quotedBytes: Int {
        utf8.reduce(2) { size, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): size + 2
            case ..<0x20: size + 6
            default: size + 1
            }
        }
    }
}
