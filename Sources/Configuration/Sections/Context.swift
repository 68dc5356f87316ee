import JSON

extension Configuration {
    /// `context`: what of a conversation a model is shown, and what becomes of the rest.
    package struct Context: Sendable, Equatable {
        /// `max_tokens`: the tokens of a prompt and its answer together, from 64 to 10 000 000; one number for all models,
        /// or an object of them by `provider/model`, `model` or `default`. One number is kept as that of `default`. Default
        /// none: as many as the provider says it takes, where it does.
        package var maxTokens: [String: Int] = [:]
        /// `summarize_after`: turns that are not summarised before a summary is made, 0 to 10 000; 0: none is. Default 30.
        package var summarizeAfter = 30
        /// `summary_model`: `provider/model` or `model`. Default none: the channel's own.
        package var summaryModel: String?
        /// `summary_max_words`: the words that a summary is asked to have at most, 20 to 5000. Default 200.
        package var summaryMaxWords = 200
        /// `keep_turns`: turns of a conversation that are kept, 1 to 10 000. Default 100.
        package var keepTurns = 100

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Context {
    /// Takes over what the section `context` says.
    mutating func read(_ section: inout Section) {
        if section.fields["max_tokens"]?.object != nil {
            section.section("max_tokens") { models in
                for name in models.names { maxTokens[name] = models.tokens(name) }
            }
        } else if let tokens = section.tokens("max_tokens") {
            maxTokens = ["default": tokens]
        }
        summarizeAfter = section.integer("summarize_after", in: 0...10_000) ?? summarizeAfter
        summaryModel = section.string("summary_model")
        summaryMaxWords = section.integer("summary_max_words", in: 20...5000) ?? summaryMaxWords
        keepTurns = section.integer("keep_turns", in: 1...10_000) ?? keepTurns
    }
}

extension Section {
    /// The size of a model's window.
    fileprivate mutating func tokens(_ key: String) -> Int? { integer(key, in: 64...10_000_000) }
}
