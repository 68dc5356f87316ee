import HTTPTransport
import ServiceRuntime

extension ProviderError {
    /// The one place where a failed exchange becomes a provider's failure.
    ///
    /// - Parameters:
    ///   - error: what the transport says.
    ///   - secret: a key to be kept out of the log.
    init(_ error: HTTPError, hiding secret: Secret? = nil) {
        let (code, message) = Self.meaning(of: error.code)
        // Where not even a connection was made in time, nothing was asked yet.
        self.init(
            code, message, detail: LogExcerpt(error.description, hiding: secret).text,
            retryable: error.code == .connectTimeout ? true : nil)
    }

    /// The kind and the room's sentence of each of the transport's failures.
    static func meaning(of code: HTTPError.Code) -> (Code, String) {
        switch code {
        case .cannotConnect, .nameNotFound: (.unavailable, "the language model is not reachable right now")
        case .tls: (.unavailable, "no secure connection to the language model could be made")
        case .connectionLost: (.unavailable, "the connection to the language model was lost")
        case .shutDown: (.unavailable, "the service is shutting down")
        case .connectTimeout: (.timeout, "the language model could not be reached in time")
        case .firstByteTimeout: (.timeout, "the language model took too long to answer")
        case .idleTimeout: (.timeout, "the language model stopped in the middle of its answer")
        case .totalTimeout: (.timeout, "the language model took too long to finish its answer")
        case .tooLarge: (.badAnswer, "the language model's answer was too large")
        case .badRequest: (.invalidRequest, "the provider's address or key is not usable; the operator has to check it")
        case .cancelled: (.cancelled, Code.cancelled.sentence)
        default: (.badAnswer, Code.badAnswer.sentence)
        }
    }
}
