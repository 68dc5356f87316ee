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
