/// What a room makes of a line: many escape HTML, and turn what looks like a link or an emphasis into tags.
enum RoomMarkup {
    /// The longest entity that is looked for, from after its `&` to its `;`.
    private static var longest: Int { 10 }

    /// A text as it was typed: entities are the characters that they mean, each once.
    static func decoded(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...].dropFirst()
            let name = rest.prefix(longest + 1)
            if let end = name.firstIndex(of: ";"), let meant = scalar(String(name[..<end])) {
                result.append(meant)
                rest = rest[end...].dropFirst()
            } else {
                result.append("&")
            }
        }
        return String(result + rest)
    }

    /// A text without entities, however often they were escaped, and without tags.
    static func bare(_ text: String) -> String {
        var result: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            guard scalar == ";", let start = result.suffix(longest + 1).lastIndex(of: "&"),
                let meant = Self.scalar(String(String.UnicodeScalarView(result[(start + 1)...])))
            else {
                result.append(scalar)
                continue
            }
            // What it means may be the beginning of another one.
            result.removeSubrange(start...)
            result.append(meant)
        }
        return withoutTags(String(String.UnicodeScalarView(result)))
    }

    /// A text without its tags. What only looks like one (`1 < 2`, or without an end) stays.
    static func withoutTags(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(of: "<") {
            result += rest[..<start]
            rest = rest[start...].dropFirst()
            guard let next = rest.first, next == "/" || next == "!" || next.properties.isAlphabetic else {
                result.append("<")
                continue
            }
            guard let end = rest.firstIndex(of: ">") else { return String(result) + "<" + String(rest) }
            rest = rest[end...].dropFirst()
        }
        return String(result + rest)
    }

    private static func scalar(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case "nbsp": "\u{A0}"
        case _ where name.hasPrefix("#x") || name.hasPrefix("#X"):
            UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case _ where name.hasPrefix("#"): UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init)
        default: nil
        }
    }
}
