extension ProviderError.Code {
    /// The sentence a room reads where nothing more exact is known.
    var sentence: String {
        switch self {
        case .timeout: "the language model took too long to answer"
        case .rateLimited: "the provider asks to slow down"
        case .quota: "the provider's credit is used up; the operator has to see to it"
        case .authentication: "the provider did not accept its key; the operator has to check it"
        case .unknownModel: "the provider does not know that model"
        case .tooLong: "the conversation is too long for the language model"
        case .invalidRequest: "the provider did not accept the request"
        case .contentFiltered: "the provider withheld the answer for its content"
        case .badAnswer: "the provider's answer could not be understood"
        case .cancelled: "the request was cancelled"
        default: "the language model is not available right now"
        }
    }
}

extension ProviderError {
    /// Creates a failure in the standing words of its kind.
    package init(_ code: Code) { self.init(code, code.sentence) }

    /// A provider that is asked for embeddings and has no model for them.
    static func noEmbeddingModel(at provider: String) -> ProviderError {
        ProviderError(.invalidRequest, "the provider \(provider) has no model for embeddings configured")
    }

    /// A model that the provider does not have.
    ///
    /// - Parameter model: as it was asked for; it is shown shortened and without control characters.
    static func unknownModel(
        _ model: String, at provider: String, status: Int? = nil, detail: String = ""
    ) -> ProviderError {
        ProviderError(
            .unknownModel, "the provider \(provider) has no model \(ModelName(model).quoted)", status: status,
            detail: detail)
    }
    /// A model that the provider has, and cannot load: the same will happen again, and others may answer.
    static func unloadable(_ model: String, at provider: String, status: Int, detail: String) -> ProviderError {
        ProviderError(
            .unavailable,
            "the provider \(provider) cannot load the model \(ModelName(model).quoted), most likely for want of memory;"
                + " the operator has to choose a smaller one or make room", status: status, detail: detail,
            retryable: false, blamesProvider: false)
    }
}
