package import FoundationEssentials

/// A response that was received whole, of any status.
package struct HTTPResponse: Sendable {
    /// The status code.
    package var status: Int
    /// The header fields.
    package var headers: HTTPHeaders
    /// The whole body, decompressed.
    package var body: Data

    /// Creates an answer.
    package init(status: Int, headers: HTTPHeaders, body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The header fields of an answer; names are matched without regard to case. They are parsed
/// only when they are read, which is rare.
package struct HTTPHeaders: Sendable {
    private let lines: [UInt8]
    private var added: [(name: String, value: String)]

    /// Creates header fields.
    package init(_ fields: [(name: String, value: String)] = []) {
        lines = []
        added = fields
    }

    /// From the lines of a head as they came, each with its end.
    init(lines: [UInt8]) {
        self.lines = lines
        added = []
    }

    /// All fields, in the order they came.
    package var fields: [(name: String, value: String)] { Self.fields(of: lines) + added }

    /// The value of the last field of that name.
    package subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.last { $0.name.lowercased() == name }?.value
    }
}

/// A response whose head was received and whose body is still arriving.
package struct HTTPStreamingResponse: Sendable {
    /// The status code.
    package let status: Int
    /// The header fields.
    package let headers: HTTPHeaders
    /// To be consumed once; letting it go closes the transfer.
    package let body: HTTPBody
}

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
