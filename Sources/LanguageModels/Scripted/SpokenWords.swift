/// The words of a message: where each stands, and how it is compared (lower case, without apostrophes, for people type
/// `dont` as well as `don't`).
struct SpokenWords {
    /// A message may be a megabyte; what it is about is said in its first few hundred words.
    static let maxBytes = 2048
    static let maxWords = 512

    /// A word of a message.
    struct Word {
        let folded: String
        let original: Substring
    }

    /// In the order they were said.
    let words: [Word]

    init(_ words: [Word]) { self.words = words }

    /// The words of a text, at most 512 of its first 2048 bytes.
    init(_ text: String) { words = Array(Self.clauses(of: text).joined().prefix(Self.maxWords)) }

    /// The words of each part between `. , ; : ! ?` and line breaks.
    static func clauses(of text: String) -> [[Word]] {
        let text = text.utf8.count > maxBytes ? String(decoding: text.utf8.prefix(maxBytes), as: UTF8.self) : text
        var clauses: [[Word]] = [[]]
        var start: String.Index?
        for index in text.indices {
            let character = text[index]
            if isPartOfWord(character) {
                if start == nil { start = index }
                continue
            }
            if let begun = start { clauses[clauses.count - 1].append(word(text[begun..<index])) }
            start = nil
            if endsClause(character), clauses.last?.isEmpty == false { clauses.append([]) }
        }
        if let start { clauses[clauses.count - 1].append(word(text[start...])) }
        return clauses.filter { !$0.isEmpty }
    }

    /// The text from the first to the last of these words, one space between two.
    func text(_ range: Range<Int>) -> String {
        words[range].map { String($0.original) }.joined(separator: " ")
    }

    private static func word(_ original: Substring) -> Word {
        Word(folded: original.lowercased().filter { !isApostrophe($0) }, original: original)
    }

    private static func isApostrophe(_ character: Character) -> Bool { character == "'" || character == "’" }

    private static func isPartOfWord(_ character: Character) -> Bool {
        if let ascii = character.asciiValue {
            switch ascii {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "'"), UInt8(ascii: "_"):
                return true
            default: return false
            }
        }
        return character.isLetter || character.isNumber || character == "’"
    }

    private static func endsClause(_ character: Character) -> Bool {
        switch character {
        case ".", ",", ";", ":", "!", "?", "\n", "\r\n", "。", "，", "！", "？": true
        default: false
        }
    }
}
