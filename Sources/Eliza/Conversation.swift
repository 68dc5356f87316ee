import LanguageModels

/// What Eliza knows of a conversation: what was said last, what the same person said before, and what
/// was answered. Of a long one, the last fifty messages.
struct Conversation {
    private static let limit = 50

    /// What is to be answered; empty where nobody said anything.
    let message: String
    /// Who said it, fit to be shown; nil where it is not known.
    let speaker: String?
    /// What the same person said before, the latest first.
    let earlier: [String]
    /// What was answered before, the latest first.
    let answers: [String]
    /// What others said before, the latest first.
    let others: [(speaker: String, text: String)]

    init(_ messages: [ChatMessage]) {
        var recent = messages.suffix(Self.limit)
        let end = recent.lastIndex { $0.role == .user }
        let last = end.map { recent[$0] }
        if let end { recent = recent[..<end] }
        message = last?.content ?? ""
        speaker = last?.speaker.flatMap(Self.name)
        earlier = recent.reversed().filter { $0.role == .user && $0.speaker == last?.speaker }.map(\.content)
        answers = recent.reversed().filter { $0.role == .assistant }.map(\.content)
        others = recent.reversed().filter { $0.role == .user && $0.speaker != last?.speaker }
            .compactMap { message in message.speaker.flatMap(Self.name).map { ($0, message.content) } }
    }

    /// The name to call them by: what they said it is, else what they are known as; nil for neither.
    var name: String? { told ?? speaker }

    /// The name they gave, in this message or an earlier one.
    var told: String? {
        for text in [message] + earlier {
            for clause in SpokenWords.clauses(of: text) {
                if let name = ElizaName.given(in: SpokenWords(clause)) { return name }
            }
        }
        return nil
    }

    /// Something they said before, short enough to be repeated; nil where there is nothing.
    var memory: String? {
        earlier.lazy.filter { SpokenWords($0).words.count > 2 }.compactMap { Self.quotable($0) }.first
    }

    /// The beginning of what somebody said, on one line; nil for nothing.
    static func quotable(_ text: String) -> String? {
        let start = String(decoding: text.utf8.prefix(1024), as: UTF8.self)
        let words = start.split { $0.isWhitespace || $0.unicodeScalars.contains { $0.isUnprintable } }
        guard var quote = words.first?.prefix(100) else { return nil }
        for word in words.dropFirst() {
            guard quote.utf8.count + word.utf8.count < 120 else { return quote + " …" }
            quote += " " + word
        }
        return String(quote)
    }

    /// A name as it may be shown: one line of at most 40 characters.
    private static func name(_ text: String) -> String? { quotable(text).map { String($0.prefix(40)) } }
}
