import JSON

extension Configuration {
    /// `memory`: what is remembered of channels, and what of it models are told.
    package struct Memory: Sendable, Equatable {
        /// `enabled`: whether anything is remembered. Default true.
        package var enabled = true
        /// `max_per_channel`: memories of one channel, 1 to 100. Default 100.
        package var maxPerChannel = 100
        /// `in_prompt`: memories in one prompt, 0 to 20. Default 5.
        package var inPrompt = 5
        /// `embedding_model`: what finds memories by what they mean, `model` or `provider/model`. Default none: words do.
        package var embeddingModel: String?
        /// `extract`: whether a model proposes what to remember after each turn. Default false.
        package var extract = false
        /// `extract_model`: which one, `model` or `provider/model`. Default: the one that answered.
        package var extractModel: String?

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Memory {
    /// Takes over what the section `memory` says.
    mutating func read(_ section: inout Section) {
        enabled = section.reader.bool("enabled") ?? enabled
        maxPerChannel = section.integer("max_per_channel", in: 1...100) ?? maxPerChannel
        inPrompt = section.integer("in_prompt", in: 0...20) ?? inPrompt
        embeddingModel = section.string("embedding_model")
        extract = section.reader.bool("extract") ?? extract
        extractModel = section.string("extract_model")
    }
}
