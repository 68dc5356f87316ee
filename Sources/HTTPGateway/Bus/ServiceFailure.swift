import FoundationEssentials
import JSON
import NATSClient

/// What the bus and the service say of a failure, as OpenAI's clients read it.
enum ServiceFailure {
    /// The fields of an answer.
    ///
    /// - Throws: what the answer tells of a failure.
    static func throwing(_ message: NATSMessage) throws(APIError) -> [String: JSONValue] {
        guard let fields = JSONValue.parse(message.payload)?.object else {
            throw APIError(502, "The service's answer cannot be read.", code: "bad_answer")
        }
        if fields["type"] == .string("llm_error") { throw error(fields) }
        return fields
    }

    /// An `llm_error`.
    static func error(_ fields: [String: JSONValue]) -> APIError {
        let code = fields["code"]?.string ?? "internal"
        let message = fields["error"]?.string ?? "The service failed."
        let (status, known) = meaning(of: code)
        let isModel = known == "model_not_found"
        var headers = [("x-should-retry", fields["retryable"] == .bool(true) ? "true" : "false")]
        if let seconds = seconds(fields["retry_after_s"]) { headers.append(("Retry-After", String(seconds))) }
        let param = code == "invalid_request" ? APIError.invalid(message).param : isModel ? "model" : nil
        return APIError(status, message, param: param, code: known, headers: headers)
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

    /// In whole seconds, as the header has it.
    private static func seconds(_ value: JSONValue?) -> Int? {
        switch value {
        case .integer(let seconds): max(0, seconds)
        case .number(let seconds): Int(exactly: max(0, seconds).rounded(.up))
        default: nil
        }
    }

    /// What went wrong on the bus.
    static func error(_ error: NATSError) -> APIError {
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
