import LanguageModels

/// Turns what somebody said around, so that it can be said back: `I love my dog` → `you love your dog`.
enum ElizaReflection {
    private static let words: [String: String] = [
        "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "am": "are", "im": "you're",
        "ive": "you've", "your": "my", "yours": "mine", "yourself": "myself", "youre": "I'm", "youve": "I've",
        "our": "your", "ours": "yours",
    ]
    /// With an apostrophe only: `ill` and `id` are words of their own.
    private static let contractions: [String: String] = ["ill": "you'll", "id": "you'd"]

    /// The words turned around, one space between two.
    static func reflect(_ words: some Collection<SpokenWords.Word>) -> String {
        var result: [String] = []
        var previous = ""
        for (index, word) in words.enumerated() {
            result.append(
                reflected(
                    word, after: previous, isLast: index == words.count - 1,
                    next: words.dropFirst(index + 1).first?.folded ?? ""))
            previous = word.folded
        }
        return result.joined(separator: " ")
    }

    private static func reflected(_ word: SpokenWords.Word, after previous: String, isLast: Bool, next: String)
        -> String
    {
        switch (previous, word.folded) {
        case (_, "you"): isLast || !isVerb(next) && !previous.isEmpty ? "me" : "I"
        case ("you", "are"): "am"
        case ("you", "were"), ("i", "was"): word.folded == "was" ? "were" : "was"
        case (_, "are") where next == "you": "am"
        case (_, "was") where next == "i": "were"
        default: words[word.folded] ?? contraction(word) ?? String(word.original)
        }
    }

    /// What follows a `you` that acts; every other `you` is acted on.
    private static func isVerb(_ word: String) -> Bool {
        [
            "are", "were", "can", "could", "will", "would", "do", "dont", "did", "have", "had", "know", "like", "love",
            "hate", "think", "want", "said", "say", "understand", "should", "must", "may", "might", "cant", "wont",
            "need", "feel", "see", "mean", "never", "always", "really", "just",
        ].contains(word)
    }

    private static func contraction(_ word: SpokenWords.Word) -> String? {
        word.original.utf8.count > word.folded.utf8.count ? contractions[word.folded] : nil
    }
}
