import ServiceRuntime
import Synchronization

/// What is known of how models count, by model. Of so many models; the least recently asked is forgotten first.
package final class TokenEstimator: Sendable {
    /// A model at a provider.
    package struct Model: Hashable, Sendable {
        /// The provider's name.
        package let provider: String
        /// The model's id there.
        package let name: String

        /// Creates a model.
        package init(provider: String, name: String) { (self.provider, self.name) = (provider, name) }
    }

    private let rates: Mutex<LRUTable<Model, TokenRate>>

    /// - Parameter capacity: the most models.
    package init(capacity: Int = 256) { rates = Mutex(LRUTable(capacity: capacity)) }

    /// How that model counts, as far as is known.
    package func rate(of model: Model) -> TokenRate { rates.withLock { $0.value(model) } ?? TokenRate() }

    /// A provider counted a prompt.
    ///
    /// - Parameters:
    ///   - bytes: of its messages' texts.
    ///   - messages: how many they are.
    ///   - tokens: what the provider says.
    package func learn(_ model: Model, bytes: Int, messages: Int, counted tokens: Int) {
        rates.withLock { rates in
            rates.update(model, default: TokenRate()) { $0.learn(bytes: bytes, messages: messages, counted: tokens) }
        }
    }
}

/// How much text one model makes a token of: a guess, until the counts that come back correct it.
///
/// In bytes, for they vary least: English has four characters a token and as many bytes, Russian two or three and five,
/// Chinese one and three.
package struct TokenRate: Sendable, Equatable {
    /// The bytes of UTF-8 in a token. It begins with fewer than most texts have: what is thought longer than it is fits.
    package private(set) var bytesPerToken = 3.0

    /// The tokens around each message that a model's own format adds, roughly.
    package static let tokensPerMessage = 4
    /// What is believed.
    private static let bounds = 1.0...6.0
    /// Beyond it something else was counted than the prompt: a provider may leave out what it had in its own cache.
    private static let credible = 0.5...8.0
    /// Of less, the messages' frames are too large a part.
    private static let leastBytes = 400
    /// The weight of the newest count.
    private static let weight = 0.25

    /// The guess that all begin with.
    package init() {}

    /// The tokens of a prompt.
    ///
    /// - Parameters:
    ///   - bytes: of its messages' texts.
    ///   - messages: how many they are.
    package func tokens(bytes: Int, messages: Int) -> Int {
        Int((Double(bytes) / bytesPerToken).rounded(.up)) + messages * Self.tokensPerMessage
    }

    /// The text that fits into so many tokens, in bytes.
    package func bytes(tokens: Int, messages: Int) -> Int {
        max(0, Int(Double(tokens - messages * Self.tokensPerMessage) * bytesPerToken))
    }

    /// Corrects itself by what a provider counted. What cannot be is ignored, and so is what is too short to say much.
    package mutating func learn(bytes: Int, messages: Int, counted tokens: Int) {
        let textTokens = tokens - messages * Self.tokensPerMessage
        guard bytes >= Self.leastBytes, textTokens > 0 else { return }
        let seen = Double(bytes) / Double(textTokens)
        guard Self.credible.contains(seen) else { return }
        let next = bytesPerToken + (seen - bytesPerToken) * Self.weight
        bytesPerToken = min(max(next, Self.bounds.lowerBound), Self.bounds.upperBound)
    }
}

/// The tokens that a prompt may have, and how they are counted.
package struct TokenBudget: Sendable {
    /// The tokens of a prompt, its answer not among them.
    package let tokens: Int
    /// How the model counts.
    package let rate: TokenRate

    /// What a model's window leaves to a prompt.
    ///
    /// - Parameters:
    ///   - window: tokens of prompt and answer together.
    ///   - answer: the most tokens of the answer; nil where nobody said. It gets half of the window at most.
    ///   - rate: how the model counts.
    package init(window: Int, leaving answer: Int?, rate: TokenRate) {
        tokens = max(0, window - min(answer ?? 1024, window / 2))
        self.rate = rate
    }

    /// Whether a prompt of so many bytes in so many messages fits.
    func holds(bytes: Int, messages: Int) -> Bool { rate.tokens(bytes: bytes, messages: messages) <= tokens }
}
