/// What is said to the last message of a conversation; nil for nothing.
package typealias SmallTalk = @Sendable (_ messages: [ChatMessage]) -> String?

/// A provider without a network and without a language model: it answers by rules, and always the same way.
///
/// For a newcomer who has no model server yet, and for tests. Where no rule matches, the small talk that it was created with
/// answers, or, without any, always the same sentence.
///
/// Its usage is an estimate, a token for every four bytes: there is no tokenizer to ask.
public struct ScriptedProvider: Provider {
    /// The only model.
    public static let model = "eliza"

    /// The name by which it is registered.
    public let name: String
    private let script: Script
    private let smallTalk: SmallTalk?
    private let clock: any Clock<Duration>

    /// Creates a provider.
    ///
    /// - Parameters:
    ///   - name: The name by which it is registered.
    ///   - rules: The rules; the first that matches the last message answers.
    public init(name: String = "scripted", rules: [ScriptedRule] = []) {
        self.init(name: name, rules: rules, smallTalk: nil)
    }

    /// Creates a provider that has something to say where no rule matches.
    ///
    /// - Parameters:
    ///   - name: The name by which it is registered.
    ///   - rules: The rules; the first that matches the last message answers.
    ///   - smallTalk: Answers where none does.
    ///   - clock: Measures a rule's delay.
    package init(
        name: String = "scripted", rules: [ScriptedRule] = [], smallTalk: SmallTalk?,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.name = name
        self.smallTalk = smallTalk
        self.clock = clock
        script = Script(rules)
    }

    /// The only model.
    public var defaultModel: String { Self.model }

    /// Returns true.
    public func isAvailable() async -> Bool { true }

    /// The only model.
    public func models() async throws(ProviderError) -> [String] { [Self.model] }

    /// Answers by the rules. The answer is never empty and never begins with a slash.
    public func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        if let model = request.model, model != Self.model {
            throw .unknownModel(model, at: name)
        }
        let match = script.match(request.messages.last { $0.role == .user }?.content ?? "")
        if let delay = match?.rule.delay { try await pause(delay) }
        let failure = match?.rule.failure
        if let failure, match?.reply == nil { throw failure }
        let text = Answer.fit(match?.reply) ?? Answer.fit(smallTalk?(request.messages)) ?? Answer.lastResort
        let (answer, reason) = Answer.cut(text, to: request.maxTokens, stop: request.stop)
        try send(answer, by: match?.rule.chunkSize, to: deltas)
        if let failure { throw failure }
        let prompt = request.messages.reduce(0) { $0 + Answer.tokens($1.content) }
        return Completion(
            answer, model: Self.model, finishReason: reason,
            usage: TokenUsage(promptTokens: prompt, completionTokens: Answer.tokens(answer)))
    }

    private func pause(_ delay: Duration) async throws(ProviderError) {
        do {
            try await clock.sleep(for: delay)
        } catch {
            throw ProviderError(.cancelled)
        }
    }

    private func send(_ answer: String, by size: Int?, to deltas: DeltaSink?) throws(ProviderError) {
        guard let deltas else { return }
        var rest = Substring(answer)
        while !rest.isEmpty {
            if Task.isCancelled { throw ProviderError(.cancelled) }
            let piece = rest.prefix(max(1, size ?? .max))
            deltas(String(piece))
            rest = rest[piece.endIndex...]
        }
    }
}
