public import LanguageModels

extension LLMService {
    /// A summary of any text, outside any conversation.
    ///
    /// - Parameters:
    ///   - text: what is to be summarised; not blank.
    ///   - maxWords: the most words that a concise one is asked to have.
    ///   - style: how it is to look.
    ///   - options: how it is to be made.
    ///   - deltas: receives the summary piece by piece as it comes.
    public func summarize(
        _ text: String, maxWords: Int = 200, style: SummaryStyle = .concise, options: RequestOptions = RequestOptions(),
        deltas: DeltaSink? = nil
    ) async throws(LLMError) -> Answer {
        try await answer(.summarize(text, maxWords: maxWords, style: style), options, deltas)
    }
}
