import JSON
package import Settings

/// What of a conversation a model is shown, and what becomes of the rest: the section `context`.
public struct ContextSettings: Sendable, Equatable {
    /// The tokens of a prompt and its answer together, by `provider/model`, `model` or `default`, in this order. A provider
    /// that knows its own window is believed where that is smaller.
    public var maxTokens: [String: Int] = [:]
    /// The most turns that are neither in a summary nor recent; 0 for no summaries.
    public var summarizeAfter = 30
    /// `provider/model` or `model` that summarises; nil for the channel's own.
    public var summaryModel: String?
    /// The most words that a summary is asked to have.
    public var summaryMaxWords = 200

    /// The defaults.
    public init() {}

    /// The tokens set for a model; nil for any number.
    func maxTokens(provider: String, model: String) -> Int? {
        if maxTokens.isEmpty { return nil }
        return maxTokens["\(provider)/\(model)"] ?? maxTokens[model] ?? maxTokens["default"]
    }
}

extension ContextSettings: Configurable {
    package mutating func read(_ section: inout Section) {
        section.note("max_tokens", .null)
        let tokens = 64...10_000_000
        if section.fields["max_tokens"]?.object != nil {
            section.section("max_tokens") { models in
                for name in models.names { maxTokens[name] = models.integer(name, in: tokens) }
            }
        } else if let tokens = section.integer("max_tokens", in: tokens) {
            maxTokens = ["default": tokens]
        }
        section.integer("summarize_after", &summarizeAfter, in: 0...10_000)
        section.string("summary_model", &summaryModel)
        section.integer("summary_max_words", &summaryMaxWords, in: 20...5000)
    }
}
