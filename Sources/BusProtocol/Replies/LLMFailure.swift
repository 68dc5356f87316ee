import Concurrency
package import JSON
package import LLMService
import ServiceRuntime

/// A failure on `llm.error` (documented in Errors.md), or one that a call is answered with.
package struct LLMFailure: Error {
    static let type = "llm_error"

    /// The channel, where it is a name.
    package var channel: String?
    /// The id of the request that failed.
    package var requestID: String
    /// What people read.
    package var text: String
    /// One of section 5.
    package var code: String
    /// Whether the same request may succeed later; nil if the sender does not say.
    package var isRetryable: Bool?
    /// In seconds.
    package var retryAfter: Double?
    /// The provider that failed, if one did.
    package var provider: String?

    /// Creates a failure that did not come over the bus.
    package init(_ text: String, code: String, requestID: String) {
        (self.text, self.code, self.requestID) = (text, code, requestID)
    }

    // MARK: encoding

    /// Returns the payload of a failure.
    ///
    /// - Parameter text: what people read.
    package static func encode(_ error: LLMError, text: String, to context: ReplyContext) -> [UInt8] {
        JSONWriter.object(capacity: 256 + text.utf8.count) { writer in
            writer.head(type, context)
            writer.field("error", text)
            writer.field("code", error.code.name)
            writer.field("request_id", context.requestID)
            writer.field("retryable", error.code.isRetryable)
            if let delay = error.retryAfter { writer.field("retry_after_s", delay.seconds) }
            writer.field("provider", ifSet: error.provider)
            if let attempts = error.attempts { writer.field("attempts", attempts) }
        }
    }

    /// The header with the reason, by which a reply is known to be a failure (ADR-32).
    package static let header = "Nats-Service-Error"

    /// Returns the headers that go with a failure to those who wait for a reply.
    package static func headers(_ text: String, status: Int) -> [(name: String, value: String)] {
        [(header, String(text.unicodeScalars.prefix(256)).withoutControls), ("\(header)-Code", String(status))]
    }

    // MARK: decoding

    init(_ fields: [String: JSONValue]) {
        channel = fields["channel_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        requestID = fields["request_id"]?.string ?? ""
        text = fields["error"]?.string ?? "The service failed."
        code = fields["code"]?.string ?? LLMError.Code.internal.name
        isRetryable = fields["retryable"].map { $0 == .bool(true) }
        switch fields["retry_after_s"] {
        case .integer(let seconds)?: retryAfter = Double(seconds)
        case .number(let seconds)?: retryAfter = seconds
        default: break
        }
        provider = fields["provider"]?.string
    }

    /// Writes the fields that say whether and when to try again, and with whom, as far as they are set.
    package func writeAdvice(to writer: inout JSONWriter) {
        if let isRetryable { writer.field("retryable", isRetryable) }
        if let retryAfter { writer.field("retry_after_s", retryAfter) }
        writer.field("provider", ifSet: provider)
    }
}
