import JSON
package import Settings

/// How much of a conversation a model is shown, and when the rest is summarised: the section `context`.
public struct ContextSettings: Sendable, Equatable {
    /// The tokens of a prompt and its answer together, by `provider/model`, `model` or `default`, in this order. A provider
    /// that knows its own window is believed where that is smaller.
    public var maxTokens: [String: Int] = [:]
    /// How many turns may be neither summarised nor recent before a summary is made; 0 for no summaries.
    public var summarizeAfter = 30
    /// The model that summarises, as `provider/model` or `model`; nil for the channel's own.
    public var summaryModel: String?
    /// The number of words that a summary is asked to have at most.
    public var summaryMaxWords = 200

    /// Creates settings with the defaults.
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
