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
