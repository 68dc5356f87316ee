package import JSON
import ServiceRuntime

/// What is wrong with an address.
package struct AddressFault: Error {
    /// What was to stand there.
    package var expected: String
    /// Whether the address may hold a password.
    package var isSecret: Bool

    /// A fault.
    package init(expected: String, isSecret: Bool) { (self.expected, self.isSecret) = (expected, isSecret) }

    /// The fault, with what stood there unless it may hold a password.
    package func text(got value: JSONValue) -> String {
        "expected \(expected), got \(isSecret ? value.kind : value.brief)"
    }
}

/// The parts of `scheme://user@host:port/path`, none of them decoded.
package struct Address {
    /// In lower case.
    package var scheme: String?
    /// What stands before the `@`.
    package var userInfo: Substring?
    /// With its brackets, where it has some; may be empty.
    package var host: Substring
    /// From 1 to 65 535.
    package var port: Int?
    /// From the first `/`, `?` or `#` on; may be empty.
    package var rest: Substring

    /// The parts of `text`, without the white space around it; nil where it is no address.
    package init?(_ text: String) {
        var rest = text.trimmed[...]
        guard
            !rest.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 0x20 || $0.value == 0x7F })
        else { return nil }
        if let colon = rest.firstIndex(of: ":"), rest[colon...].hasPrefix("://") {
            scheme = rest[..<colon].lowercased()
            rest = rest[colon...].dropFirst(3)
        }
        var authority = rest.prefix { !"/?#".contains($0) }
        self.rest = rest[authority.endIndex...]
        if let at = authority.lastIndex(of: "@") {
            userInfo = authority[..<at]
            authority = authority[at...].dropFirst()
        }
        host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        if host.hasPrefix("[") {
            guard authority.contains("]") else { return nil }
            host = authority[...host.endIndex]
        }
        let tail = authority[host.endIndex...]
        guard !tail.isEmpty else { return }
        guard tail.hasPrefix(":"), let port = UInt16(tail.dropFirst()), port > 0 else { return nil }
        self.port = Int(port)
    }

    /// `host:port`, or `host`.
    package var hostAndPort: String { host + (port.map { ":\($0)" } ?? "") }
}

extension Substring {
    /// With the bytes that `%XX` stand for; as it is where they are not UTF-8.
    package var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(UInt8(digits[0] << 4 | digits[1]))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? String(self)
    }
}
