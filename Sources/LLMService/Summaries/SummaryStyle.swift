public import LanguageModels

/// How a text is summarised on request.
public enum SummaryStyle: String, Sendable, CaseIterable {
    /// In so many words.
    case concise
    /// At length.
    case detailed
    /// Point by point.
    case bullets

    /// Where a request names none: it is to be what was said.
    static let temperature = 0.3

    /// What a model is asked.
    func prompt(_ text: String, maxWords: Int) -> String {
        switch self {
        case .concise: "Summarize in \(maxWords) words or less:\n\n\(text)"
        case .detailed: "Provide a detailed summary:\n\n\(text)"
        case .bullets: "Summarize as bullet points:\n\n\(text)"
        }
    }
}

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
