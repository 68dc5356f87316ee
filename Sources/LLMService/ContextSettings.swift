/// What of a conversation a model is shown, and what becomes of the rest.
public struct ContextSettings: Sendable {
    /// The tokens of a prompt and its answer together, by `provider/model`, `model` or `default`, in this order. A provider
    /// that knows its own window is believed where that is smaller.
    public var maxTokens: [String: Int]
    /// The most turns that are neither in a summary nor recent; 0 for no summaries.
    public var summarizeAfter: Int
    /// `provider/model` or `model` that summarises; nil for the channel's own.
    public var summaryModel: String?
    /// The most words that a summary is asked to have.
    public var summaryMaxWords: Int

    /// Settings; each has the service's default.
    public init(
        maxTokens: [String: Int] = [:], summarizeAfter: Int = 30, summaryModel: String? = nil,
        summaryMaxWords: Int = 200
    ) {
        self.maxTokens = maxTokens
        self.summarizeAfter = summarizeAfter
        self.summaryModel = summaryModel
        self.summaryMaxWords = summaryMaxWords
    }

    /// The tokens set for a model; nil for any number.
    func maxTokens(provider: String, model: String) -> Int? {
        if maxTokens.isEmpty { return nil }
        return maxTokens["\(provider)/\(model)"] ?? maxTokens[model] ?? maxTokens["default"]
    }
}
