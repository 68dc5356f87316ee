extension HTTPHeaders {
    /// The fields in the lines of a head. A line that begins with white space continues the one before; one without a colon
    /// is dropped.
    static func fields(of lines: [UInt8]) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            let content = line.trimmed
            if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"), !fields.isEmpty {
                fields[fields.count - 1].value += " " + String(decoding: content, as: UTF8.self)
                continue
            }
            guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else { continue }
            fields.append(
                (
                    name: String(decoding: content[..<colon].trimmed, as: UTF8.self),
                    value: String(decoding: content[(colon + 1)...].trimmed, as: UTF8.self)
                ))
        }
        return fields
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces, tabs and carriage returns at both ends.
    fileprivate var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let byte = slice.first, byte.isBlank { slice.removeFirst() }
        while let byte = slice.last, byte.isBlank { slice.removeLast() }
        return slice
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r")
    }
}
