/// The words of a text as they are looked for: small letters, without accents, plurals and the commonest endings, without
/// those that say nothing by themselves.
///
/// What is written without spaces is taken apart as well as can be without a dictionary: each Chinese character is a word,
/// and so is each run of hiragana and of katakana.
enum SearchWords {
    private enum Kind { case none, mark, letter, ideograph, hiragana, katakana }

    /// The words in their order, at most so many.
    static func words(of text: String, most: Int = .max) -> [String] {
        var words: [String] = []
        // Every word's letters in turn, in UTF-8: all of a channel's memories are read for a question.
        var word: [UInt8] = []
        var kind = Kind.none
        func end() {
            if !word.isEmpty, let form = WordForms.form(&word) { words.append(form) }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            let next = self.kind(of: scalar)
            if next == .mark {
                if kind != .none, !LetterFolding.isAccent(scalar) { word += Character(scalar).utf8 }
                continue
            }
            if next != kind || next == .ideograph { end() }
            if words.count >= most { return words }
            kind = next
            if next != .none { LetterFolding.append(scalar, to: &word) }
        }
        end()
        return words
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return .letter
        case ..<0x80: return .none
        case 0x3041...0x309F: return .hiragana
        case 0x30A1...0x30FA, 0x30FC...0x30FF: return .katakana
        default: break
        }
        let properties = scalar.properties
        if properties.isIdeographic { return .ideograph }
        switch properties.generalCategory {
        // Before letters: some marks count as such.
        case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
        default: return properties.isAlphabetic || properties.numericType != nil ? .letter : .none
        }
    }
}
