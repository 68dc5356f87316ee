/// What may be handed on as `tracestate`.
///
/// Wire: W3C Trace Context, level 2, section 3.3.1.
enum TraceState {
    /// Everybody is to hand on as much.
    static let maxBytes = 512
    private static let maxMembers = 32

    /// Whether it is a list of `key=value`, of a bounded length, no key twice.
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= maxBytes else { return false }
        var keys: Set<Substring> = []
        for member in text.split(separator: ",", omittingEmptySubsequences: false) {
            let member = trimmed(member)
            // Empty members are allowed, and count for nothing.
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: "="),
                isKey(member[..<equals]), isValue(member[member.index(after: equals)...]),
                keys.insert(member[..<equals]).inserted
            else { return false }
        }
        return (1...maxMembers).contains(keys.count)
    }

    private static func isKey(_ key: Substring) -> Bool {
        guard let first = key.utf8.first, isLetter(first) || isDigit(first), key.utf8.count <= 256 else { return false }
        return key.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isValue(_ value: Substring) -> Bool {
        guard let last = value.utf8.last, last != UInt8(ascii: " "), value.utf8.count <= 256 else { return false }
        return value.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E && $0 != UInt8(ascii: "=") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
