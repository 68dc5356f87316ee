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
    /// Summarises a text, outside any conversation.
    ///
    /// - Parameters:
    ///   - text: The text; not blank.
    ///   - maxWords: The number of words that a concise summary is asked to have at most.
    ///   - style: The form of the summary.
    ///   - options: How the request is answered.
    ///   - deltas: Receives the summary piece by piece as the model writes it.
    public func summarize(
        _ text: String, maxWords: Int = 200, style: SummaryStyle = .concise, options: RequestOptions = RequestOptions(),
        deltas: DeltaSink? = nil
    ) async throws(LLMError) -> Answer {
        try await answer(.summarize(text, maxWords: maxWords, style: style), options, deltas)
    }
}
