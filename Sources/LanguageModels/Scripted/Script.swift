import Synchronization

/// Rules, ready to be matched, and whose turn each one's replies have come to.
final class Script: Sendable {
    /// A rule that matched, with the reply whose turn it is; nil where the rule has none.
    struct Match: Sendable {
        let rule: ScriptedRule
        let reply: String?
    }

    private let rules: [(rule: ScriptedRule, pattern: WordPattern)]
    private let turns: Mutex<[Int]>

    init(_ rules: [ScriptedRule]) {
        self.rules = rules.map { ($0, WordPattern($0.pattern)) }
        turns = Mutex(Array(repeating: 0, count: rules.count))
    }

    /// The first rule that matches a message.
    func match(_ text: String) -> Match? {
        guard !rules.isEmpty else { return nil }
        let spoken = SpokenWords(text)
        for (index, (rule, pattern)) in rules.enumerated() {
            guard let captures = pattern.match(spoken) else { continue }
            guard !rule.replies.isEmpty else { return Match(rule: rule, reply: nil) }
            let turn = turns.withLock { turns in
                defer { turns[index] = (turns[index] + 1) % rule.replies.count }
                return turns[index]
            }
            return Match(rule: rule, reply: Template(rule.replies[turn]).filled(captures.map(spoken.text)))
        }
        return nil
    }
}
