/// A pattern of words and wildcards: `*` stands for any number of words, none included. A pattern without a wildcard
/// matches where its words stand anywhere in a message, one with a wildcard must cover the message as a whole.
///
/// Matching takes at most as many steps as words times elements: it backtracks to the last wildcard only, as no earlier
/// one can do better.
package struct WordPattern: Sendable {
    private enum Element: Sendable, Equatable {
        case word(String)
        case anything
    }

    /// More is cut off.
    private static let maxElements = 64

    private let elements: [Element]
    private let isWhole: Bool
    /// The longest of its words: a message without it cannot match.
    private let rarest: String?

    /// Creates a pattern. Any text is one; punctuation in it means nothing.
    package init(_ text: String) {
        var elements: [Element] = []
        for part in text.split(separator: "*", omittingEmptySubsequences: false) {
            if !elements.isEmpty || part.startIndex != text.startIndex, elements.last != .anything {
                elements.append(.anything)
            }
            elements += SpokenWords(String(part)).words.map { .word($0.folded) }
        }
        isWhole = elements.contains(.anything)
        elements = Array(elements.prefix(Self.maxElements))
        rarest = elements.compactMap { if case .word(let word) = $0 { word } else { nil } }
            .max { $0.utf8.count < $1.utf8.count }
        self.elements = isWhole ? elements : [.anything] + elements + [.anything]
    }

    /// Returns which words each wildcard stands for, if it matches.
    ///
    /// - Returns: the words' indices, one range for each wildcard that was written; nil where it does not match.
    package func match(_ spoken: SpokenWords) -> [Range<Int>]? {
        if let rarest, !spoken.vocabulary.contains(rarest) { return nil }
        let words = spoken.words
        var captures: [Range<Int>] = []
        var word = 0
        var element = 0
        var afterLast: Int?
        while word < words.count {
            if element < elements.count, elements[element] == .anything {
                captures.append(word..<word)
                element += 1
                afterLast = element
            } else if element < elements.count, elements[element] == .word(words[word].folded) {
                word += 1
                element += 1
            } else if let afterLast, let last = captures.popLast() {
                // The last wildcard takes one word more.
                word = last.upperBound + 1
                captures.append(last.lowerBound..<word)
                element = afterLast
            } else {
                return nil
            }
        }
        while element < elements.count, elements[element] == .anything {
            captures.append(word..<word)
            element += 1
        }
        guard element == elements.count else { return nil }
        return isWhole ? captures : []
    }
}
