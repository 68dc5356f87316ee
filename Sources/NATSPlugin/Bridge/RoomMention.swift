/// Finds the bot's name in a line.
enum RoomMention {
    /// What is asked, in a line that has the name as a word of its own; without the name where it begins with that.
    ///
    /// A name in an address (`foo@rosey.com`, `http://example.com/rosey`) or another's (`rosey's hat`) is none.
    static func words(_ line: String, _ name: String) -> String? {
        let name = name.lowercased()
        for word in line.split(whereSeparator: { !isOfWord($0) }) {
            guard let found = find(name, in: word), isFree(line[..<found.startIndex]),
                isEnd(line[found.endIndex...])
            else { continue }
            let isFirst = line[..<found.startIndex].allSatisfy { $0 == "@" }
            return isFirst ? rest(line[found.endIndex...]) ?? line : line
        }
        return nil
    }

    /// The name in a word that is nothing else but for dashes after it.
    private static func find(_ name: String, in word: Substring) -> Substring? {
        if word.lowercased() == name { return word }
        guard word.last == "-" else { return nil }
        let end = word.lastIndex { $0 != "-" }.map(word.index(after:)) ?? word.startIndex
        return word[..<end].lowercased() == name ? word[..<end] : nil
    }

    /// Whether a word may begin after this. An `@` may stand before the name, not within a word.
    private static func isFree(_ before: Substring) -> Bool {
        guard let last = before.last else { return true }
        if last == "@" { return before.dropLast().last?.isWhitespace ?? true }
        return isBorder(last)
    }

    /// Whether a word may end before this.
    private static func isEnd(_ after: Substring) -> Bool {
        let rest = after.drop { $0 == "." || $0 == "-" }
        guard let first = rest.first, !first.isWhitespace else { return true }
        if first == "'" || first == "’", rest.dropFirst().first?.isLetter == true { return false }
        return rest.startIndex == after.startIndex && isBorder(first)
    }

    private static func isBorder(_ character: Character) -> Bool {
        if character.isWhitespace { return true }
        if "@./#$-".contains(character) { return false }
        return character.isPunctuation || character.isSymbol && !character.isMathSymbol
    }

    /// What follows the name, and a sign that ends it; nil where nothing does, or the sign belongs to the words.
    private static func rest(_ after: Substring) -> String? {
        var rest = after.drop(while: \.isWhitespace)
        if let sign = rest.first, ",:;!.-".contains(sign), rest.dropFirst().first?.isWhitespace == true {
            rest = rest.dropFirst().drop(while: \.isWhitespace)
        }
        return rest.isEmpty || rest.startIndex == after.startIndex ? nil : String(rest)
    }

    private static func isOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }
}
