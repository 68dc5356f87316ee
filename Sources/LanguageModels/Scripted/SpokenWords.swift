/// The words of a message: where each stands, and how it is compared (lower case, without apostrophes, for people type
/// `dont` as well as `don't`).
package struct SpokenWords {
    /// A message may be a megabyte; what it is about is said in its first few hundred words.
    static let maxBytes = 2048
    static let maxWords = 512

    /// A word of a message.
    package struct Word {
        /// As it is compared: in lower case, without apostrophes.
        package let folded: String
        /// As it was written.
        package let original: Substring
    }

    /// In the order they were said.
    package let words: [Word]
    /// All of them, folded: most patterns are ruled out by one look.
    let vocabulary: Set<String>

    /// Creates a message of these words.
    package init(_ words: [Word]) {
        self.words = words
        vocabulary = Set(words.map(\.folded))
    }

    /// Creates the words of a text, at most 512 of its first 2048 bytes.
    package init(_ text: String) { self.init(Array(Self.clauses(of: text).joined().prefix(Self.maxWords))) }

    /// The words of each part between `. , ; : ! ?` and line breaks.
    package static func clauses(of text: String) -> [[Word]] {
        let text = text.utf8.count > maxBytes ? String(decoding: text.utf8.prefix(maxBytes), as: UTF8.self) : text
        var clauses: [[Word]] = [[]]
        var start: String.Index?
        let scalars = text.unicodeScalars
        for index in scalars.indices {
            let scalar = scalars[index]
            if isPartOfWord(scalar) {
                if start == nil { start = index }
                continue
            }
            if let begun = start { clauses[clauses.count - 1].append(word(text[begun..<index])) }
            start = nil
            if endsClause(scalar), clauses.last?.isEmpty == false { clauses.append([]) }
        }
        if let start { clauses[clauses.count - 1].append(word(text[start...])) }
        return clauses.filter { !$0.isEmpty }
    }

    /// Returns the text from the first to the last of these words, one space between two.
    package func text(_ range: Range<Int>) -> String {
        words[range].map { String($0.original) }.joined(separator: " ")
    }

    private static func word(_ original: Substring) -> Word {
        let folded = original.lowercased()
        let hasApostrophe = folded.unicodeScalars.contains(where: isApostrophe)
        return Word(
            folded: hasApostrophe ? String(folded.unicodeScalars.filter { !isApostrophe($0) }) : folded,
            original: original)
    }

    private static func isApostrophe(_ scalar: Unicode.Scalar) -> Bool { scalar == "'" || scalar == "’" }

    private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "'", "_", "’": true
        case "\0"..."\u{7F}": false
        default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil || isMark(scalar)
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func endsClause(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", ",", ";", ":", "!", "?", "\n", "\r", "。", "，", "！", "？": true
        default: false
        }
    }
}
