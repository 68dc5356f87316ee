extension JSONParser {
    /// A string, its opening quote next.
    mutating func string() throws(JSONError) -> String { try stringPiece().whole }

    /// A string that may be one of several for one text, its opening quote next.
    mutating func stringPiece() throws(JSONError) -> JSONStringPiece {
        let start = index + 1
        index = start
        index = endOfPlain()
        if peek == UInt8(ascii: "\"") {
            defer { index += 1 }
            return JSONStringPiece(try decoded(bytes.span.extracting(start..<index), from: start))
        }
        var text = Array(bytes[start..<index])
        var piece = JSONStringPiece("")
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                piece.text = try decoded(text.span, from: start)
                return piece
            case UInt8(ascii: "\\"): try escape(&text, &piece, from: start)
            case ..<0x20: throw fault("expected a control character in a string to be escaped")
            default:
                let plain = index
                index = endOfPlain()
                text += bytes[plain..<index]
            }
        }
        throw fault("expected the end of a string, found the end")
    }

    /// Steps over a string without looking at its encoding, its opening quote next.
    mutating func skipString() throws(JSONError) {
        index += 1
        while true {
            index = endOfPlain()
            switch peek {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): try skipEscape()
            case nil: throw fault("expected the end of a string, found the end")
            default: throw fault("expected a control character in a string to be escaped")
            }
        }
    }

    /// Where what is not simply a part of a string comes next: a quote, a backslash, a control character, the end.
    private func endOfPlain() -> Int {
        let bytes = bytes.span
        var next = index
        while next < bytes.count {
            let byte = bytes[next]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            next += 1
        }
        return next
    }

    private func decoded(_ text: Span<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let utf8 = try? UTF8Span(validating: text) else {
            throw JSONError("a string is not UTF-8", at: start, of: bytes)
        }
        return String(copying: utf8)
    }

    /// Appends what an escape stands for, its backslash next. Half a pair of UTF-16 at the string's end or beginning is
    /// noted in `piece`.
    private mutating func escape(
        _ text: inout [UInt8], _ piece: inout JSONStringPiece, from start: Int
    ) throws(JSONError) {
        if let plain = plainEscape {
            text.append(plain)
            index += 2
            return
        }
        guard let unit = codeUnit(at: index) else { throw fault("no such escape in a string") }
        let isFirst = index == start
        index += 6
        if UTF16.isLeadSurrogate(unit), peek == UInt8(ascii: "\"") {
            piece.last = unit
        } else if UTF16.isTrailSurrogate(unit), isFirst {
            piece.first = unit
        } else {
            text.append(contentsOf: UTF8.encode(scalar(from: unit)) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Steps over an escape, its backslash next.
    private mutating func skipEscape() throws(JSONError) {
        guard plainEscape != nil || codeUnit(at: index) != nil else { throw fault("no such escape in a string") }
        index += plainEscape == nil ? 6 : 2
    }

    /// What an escape of one letter stands for, its backslash next; nil for any other.
    private var plainEscape: UInt8? {
        let letter = index + 1 < bytes.count ? bytes[index + 1] : 0
        return switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }

    /// The scalar of a code unit of UTF-16 and, where it is the first half of a pair, the escape after it. Half a pair
    /// alone is within the grammar (RFC 8259 section 8.2) and comes from texts that were cut: it becomes U+FFFD.
    private mutating func scalar(from unit: UInt16) -> Unicode.Scalar {
        if UTF16.isLeadSurrogate(unit), let next = codeUnit(at: index), UTF16.isTrailSurrogate(next) {
            index += 6
            return UTF16.decode(UTF16.EncodedScalar([unit, next]))
        }
        return Unicode.Scalar(unit) ?? "\u{FFFD}"
    }

    /// The number of an escape (`\u` and four hexadecimal digits) that stands at `start`.
    private func codeUnit(at start: Int) -> UInt16? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for byte in bytes[start + 2..<start + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
