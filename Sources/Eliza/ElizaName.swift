import LanguageModels

/// Finds the name that somebody gives.
enum ElizaName {
    private static let patterns = [
        "* my name is *", "* my name s *", "* call me *", "* i am called *", "* im called *",
    ]
    .map(WordPattern.init)

    /// What `my name is not …` and the like go on with.
    private static let noNames: Set<String> = [
        "not", "a", "an", "the", "what", "that", "none", "your", "my", "no", "unknown", "when", "if", "back", "later",
        "maybe", "crazy", "stupid", "old",
    ]
    private static let ends: Set<String> = ["and", "but", "so", "because", "what", "who", "by", "please", "when", "i"]

    /// The name given in a clause; nil for none.
    static func given(in clause: SpokenWords) -> String? {
        for pattern in patterns {
            guard let words = pattern.match(clause)?.last else { continue }
            let name = clause.words[words].prefix(3).prefix { !ends.contains($0.folded) }
            guard let first = name.first, !noNames.contains(first.folded) else { continue }
            return String(name.map { capitalized($0.original) }.joined(separator: " ").prefix(40))
        }
        return nil
    }

    private static func capitalized(_ word: Substring) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}
