package import LanguageModels

/// A conversation partner made of rules: keywords in the order of their rank, decomposition of the clause that holds
/// one, reassembly with the pronouns turned around. Of one conversation it always makes the same answer.
///
/// In the manner of J. Weizenbaum's ELIZA (Communications of the ACM 9, 1966).
package enum Eliza {
    /// Longer captures are not worth repeating.
    private static let maxEchoedWords = 14

    /// Returns what is said to the last message of a conversation; nil where the rules have nothing to say.
    @Sendable package static func answer(_ messages: [ChatMessage]) -> String? {
        let conversation = Conversation(messages)
        let clauses = SpokenWords.clauses(of: conversation.message).prefix(32).map {
            SpokenWords(Array($0.prefix(128)))
        }
        for rule in ElizaRules.all {
            for clause in clauses {
                for pattern in rule.patterns {
                    guard let captures = pattern.match(clause) else { continue }
                    if let text = reply(rule.reply, captures, clause, conversation) { return text }
                }
            }
        }
        return fallback(clauses, conversation)
    }

    private static func reply(
        _ reply: ElizaRule.Reply, _ captures: [Range<Int>], _ clause: SpokenWords, _ conversation: Conversation
    ) -> String? {
        switch reply {
        case .lines(let lines):
            return pick(lines, echoes(captures, clause), conversation)
        case .introduction(let lines):
            return ElizaName.given(in: clause) == nil ? nil : pick(lines, [], conversation)
        case .name:
            return nameAnswer(conversation)
        case .memory:
            guard let said = conversation.memory else {
                return "That is the first thing I heard from you, so there is nothing to look back on yet."
            }
            return "Earlier you said: “\(said)”. Shall we go on from there?"
        case .saying:
            guard let words = captures.first,
                let other = conversation.others.first(where: { isName($0.speaker, words, clause) }),
                let said = Conversation.quotable(other.text)
            else { return nil }
            return "The last I heard from \(other.speaker) was: “\(said)”"
        }
    }

    private static func nameAnswer(_ conversation: Conversation) -> String {
        if let told = conversation.told { return "You told me your name is \(told)." }
        if let speaker = conversation.speaker {
            return "You go by \(speaker) here. Is there another name you like better?"
        }
        return "You have not told me your name yet. What shall I call you?"
    }

    private static func isName(_ name: String, _ words: Range<Int>, _ clause: SpokenWords) -> Bool {
        !words.isEmpty && clause.text(words).lowercased() == name.lowercased()
    }

    /// What each wildcard stood for, turned around; empty where it is too long to be repeated.
    private static func echoes(_ captures: [Range<Int>], _ clause: SpokenWords) -> [String] {
        captures.map { range in
            guard range.count <= maxEchoedWords else { return "" }
            let echo = ElizaReflection.reflect(clause.words[range])
            return echo.utf8.count <= 160 ? echo : ""
        }
    }

    /// What is said to a message without a keyword.
    private static func fallback(_ clauses: [SpokenWords], _ conversation: Conversation) -> String? {
        guard !clauses.isEmpty else { return pick(ElizaRules.wordless, [], conversation) }
        if isForeign(clauses) { return pick(ElizaRules.foreign, [], conversation) }
        if let mine = possession(conversation) {
            let line = "Earlier you said your \(mine). Does this have to do with that?"
            if !conversation.answers.contains(line) { return line }
        }
        let lines = conversation.message.utf8.last == UInt8(ascii: "?") ? ElizaRules.questions : ElizaRules.onwards
        return pick(lines, [], conversation)
    }

    /// What somebody said earlier of something of theirs.
    private static func possession(_ conversation: Conversation) -> String? {
        let pattern = ElizaRules.possession
        for text in conversation.earlier {
            for clause in SpokenWords.clauses(of: text).map(SpokenWords.init) where ElizaName.given(in: clause) == nil {
                guard let words = pattern.match(clause)?.last, (2...8).contains(words.count) else { continue }
                return ElizaReflection.reflect(clause.words[words])
            }
        }
        return nil
    }

    /// The line whose turn it is: the first that was not said before, counted from how far the conversation has come.
    private static func pick(_ lines: [String], _ echoes: [String], _ conversation: Conversation) -> String? {
        let possible = lines.filter { line in
            Template(line).places.allSatisfy { $0 <= echoes.count && !echoes[$0 - 1].isEmpty }
        }
        guard !possible.isEmpty else { return nil }
        // Looking for the name is work, and few lines have a place for it.
        let hasPlace = possible.contains { $0.contains("$who") }
        let who = hasPlace ? conversation.name.map { ", " + $0 } ?? "" : ""
        var first: String?
        for offset in possible.indices {
            let line = possible[(conversation.answers.count + offset) % possible.count]
            let parts = line.split(separator: "$who", maxSplits: 1, omittingEmptySubsequences: false)
            let text = parts.map { Template(String($0)).filled(echoes) }.joined(separator: who)
            if !conversation.answers.contains(text) { return text }
            if first == nil, text != conversation.answers.first { first = text }
        }
        return first ?? Template(possible[0]).filled(echoes)
    }

    /// Whether most of the words are not in Latin letters.
    private static func isForeign(_ clauses: [SpokenWords]) -> Bool {
        let words = clauses.flatMap(\.words)
        let foreign = words.filter { word in word.folded.unicodeScalars.contains { $0.value > 0x24F } }
        return foreign.count * 2 > words.count
    }
}
