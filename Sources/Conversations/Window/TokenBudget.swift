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
