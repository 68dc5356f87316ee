extension HTTPRequest {
    /// Refuses a URL of another scheme, or with control characters that would end a line early.
    static func check(url: String) throws(HTTPError) {
        guard isAcceptable(url: url) else {
            throw HTTPError(.badRequest, detail: "the URL is not an http or https URL")
        }
    }

    /// Refuses header fields that must not reach the wire.
    static func check(_ headers: [(name: String, value: String)]) throws(HTTPError) {
        for (name, value) in headers {
            guard isToken(name) else {
                throw HTTPError(.badRequest, detail: "a header's name is no token")
            }
            guard isFieldValue(value) else {
                throw HTTPError(.badRequest, detail: "the header \(name) has a control character")
            }
            guard !isFraming(name) else {
                throw HTTPError(.badRequest, detail: "the header \(name) is the client's own")
            }
        }
    }

    /// `http://…` or `https://…` with a host, and without spaces or control characters.
    private static func isAcceptable(url: String) -> Bool {
        let bytes = url.utf8
        guard let scheme = ["http://", "https://"].first(where: { startsIgnoringCase(bytes, $0) }) else { return false }
        guard let first = bytes.dropFirst(scheme.utf8.count).first, first != UInt8(ascii: "/") else { return false }
        return bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"),
                    UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == UInt8(ascii: "\t") }
    }

    /// Whether a field says what the body is.
    static func isContentType(_ name: String) -> Bool {
        name.utf8.count == 12 && startsIgnoringCase(name.utf8, "content-type")
    }

    /// Whether a field says how the answer's body may be encoded.
    static func isAcceptEncoding(_ name: String) -> Bool {
        name.utf8.count == 15 && startsIgnoringCase(name.utf8, "accept-encoding")
    }

    /// How long the message is, is for the client to say; two opinions are how requests are smuggled.
    private static func isFraming(_ name: String) -> Bool {
        switch name.utf8.count {
        case 14: startsIgnoringCase(name.utf8, "content-length")
        case 17: startsIgnoringCase(name.utf8, "transfer-encoding")
        case 6: startsIgnoringCase(name.utf8, "expect")
        default: false
        }
    }
}

/// Whether `bytes` begin with `prefix`, which is in lower case, without regard to the case of ASCII letters.
func startsIgnoringCase(_ bytes: some Sequence<UInt8>, _ prefix: String) -> Bool {
    var iterator = bytes.makeIterator()
    for expected in prefix.utf8 {
        guard let byte = iterator.next() else { return false }
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        guard (isUpper ? byte | 0x20 : byte) == expected else { return false }
    }
    return true
}

extension HTTPRequest {
    /// Whether the URL's host is this machine: `localhost`, a name below it, `127.…` or `[::1]`.
    static func isLoopback(_ url: String) -> Bool {
        let authority = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        var host = authority
        if let at = host.lastIndex(of: UInt8(ascii: "@")) { host = host[host.index(after: at)...] }
        if host.first == UInt8(ascii: "[") { return host.starts(with: "[::1]".utf8) }
        let name = String(decoding: host.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
