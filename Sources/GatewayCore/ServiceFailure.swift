package import BusProtocol
package import NATSClient

/// What the bus and the service say of a failure, as OpenAI's clients read it.
package enum ServiceFailure {
    /// Returns the answer that a message is.
    ///
    /// - Throws: what the message tells of a failure.
    package static func response(_ message: NATSMessage) throws(APIError) -> LLMResponse {
        switch LLMReply.decode(message.payload) {
        case .response(let response)?: return response
        case .failure(let failure)?: throw error(failure)
        case .delta?, nil: throw unreadable
        }
    }

    /// An answer that cannot be understood.
    package static var unreadable: APIError {
        APIError(502, "The service's answer cannot be read.", code: "bad_answer")
    }

    /// What the service says of a failure.
    package static func error(_ failure: LLMFailure) -> APIError {
        let (status, known) = meaning(of: failure.code)
        let isModel = known == "model_not_found"
        var headers = [("x-should-retry", failure.isRetryable == true ? "true" : "false")]
        if let seconds = failure.retryAfter.flatMap({ Int(exactly: max(0, $0).rounded(.up)) }) {
            headers.append(("Retry-After", String(seconds)))
        }
        let isInvalid = failure.code == "invalid_request"
        let param = isInvalid ? APIError.invalid(failure.text).param : isModel ? "model" : nil
        return APIError(status, failure.text, param: param, code: known, headers: headers)
    }

    /// The status, and the word that OpenAI has for it, where it has one.
    private static func meaning(of code: String) -> (status: Int, code: String) {
        switch code {
        case "invalid_json", "invalid_request", "unknown_action", "unknown_persona": (400, code)
        case "unknown_model", "unknown_provider": (404, "model_not_found")
        case "not_found": (404, code)
        case "context_too_long": (400, "context_length_exceeded")
        case "too_large": (413, code)
        case "rate_limited", "provider_rate_limited": (429, "rate_limit_exceeded")
        case "busy": (429, code)
        case "cancelled": (499, code)
        case "content_filtered": (502, "content_filter")
        case "provider_error", "empty_answer", "provider_auth", "provider_quota", "answer_too_large": (502, code)
        case "provider_unavailable", "shutting_down": (503, code)
        case "timeout": (504, code)
        default: (500, code)
        }
    }

    /// What went wrong on the bus.
    package static func error(_ error: NATSError) -> APIError {
        switch error.code {
        case .noResponders:
            APIError(
                503, "No rosey-llm service is running.", code: "service_unavailable", headers: [("Retry-After", "1")])
        case .notConnected, .closed, .bufferFull:
            APIError(
                503, "The message bus is not connected.", code: "service_unavailable", headers: [("Retry-After", "1")])
        case .timeout:
            APIError(504, "The service did not answer in time.", code: "timeout")
        case .tooLarge:
            APIError(413, "The request is larger than the message bus takes.", code: "request_too_large")
        case .cancelled:
            APIError(499, "The request was cancelled.", code: "cancelled")
        default:
            APIError(500, "The message bus failed.", code: "internal")
        }
    }
}
