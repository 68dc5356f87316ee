import JSON
import LLMService
import ServiceRuntime

extension LLMError {
    /// The status that the protocol of agents has for it (section 9.2): it knows only some.
    var agentStatus: Int {
        switch code.status {
        case 400, 413: 400
        case 404, 429: code.status
        case 499: 409
        default: 500
        }
    }

    /// What goes with the headers of an agent's failure.
    func agentBody(text: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("error", code.name)
            writer.field("message", text)
            writer.field("retryable", code.isRetryable)
            if let retryAfter { writer.field("retry_after_s", max(1, Int(retryAfter.seconds.rounded(.up)))) }
        }
    }
}
