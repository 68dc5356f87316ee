import Concurrency
import Conversations
import JSON
package import LLMService
package import LanguageModels
import ServiceRuntime

/// A message on `rosey.event.llm.*` (documented in Events.md).
package struct LLMEvent: Sendable {
    /// The subject on which it is published.
    package let subject: String
    /// The JSON object.
    package let payload: [UInt8]

    /// Encodes an event; nil where nothing is published of it.
    ///
    /// - Parameter registry: for the providers' old names.
    package init?(_ event: ServiceEvent, registry: ProviderRegistry) {
        switch event {
        case .response(let event):
            self.init("response") { writer in
                writer.field("channel", orNull: event.channel)
                writer.field("user", orNull: event.user)
                writer.field("prompt_length", event.promptLength)
                writer.field("response_length", event.responseLength)
                writer.field("tokens_used", event.tokens ?? 0)
                writer.field("provider", registry.oldName(of: event.provider))
                writer.field("latency_ms", event.latency.milliseconds)
                writer.field("persona", orNull: event.persona)
            }
        case .failure(let error, let channel, let user, _):
            self.init("error") { writer in
                writer.field("channel", orNull: channel)
                writer.field("user", orNull: user)
                writer.field("error", error.message)
                writer.field("provider", orNull: error.provider.map(registry.oldName))
                writer.field("error_type", Self.kind(error))
            }
        case .memory(let action, let channel, let user, let count):
            self.init("memory") { writer in
                writer.field("channel", channel)
                writer.field("action", action.rawValue)
                writer.field("user_id", orNull: user)
                writer.field("memory_count", count)
            }
        case .summarized(let channel, let messages, let length):
            self.init("summarized") { writer in
                writer.field("channel", channel)
                writer.field("message_count", messages)
                writer.field("summary_length", length)
            }
        case .threshold(let kind, let current, let limit, let user, let channel):
            self.init("usage_threshold") { writer in
                writer.field("user", orNull: user)
                writer.field("channel", orNull: channel)
                writer.field("threshold_type", kind.rawValue)
                writer.field("current", current)
                writer.field("limit", limit)
                let part = Double(current) / Double(max(1, limit))
                writer.field("percentage", (part * 1000).rounded() / 1000)
            }
        case .unsummarized, .forgetful, .routing:
            return nil
        }
    }

    private init(_ name: String, _ body: (inout JSONWriter) -> Void) {
        subject = Subjects.eventPrefix + name
        payload = JSONWriter.object(capacity: 256, body)
    }

    /// One of the three kinds there are. What is nobody's fault in the request, and no limit, is the provider's or ours.
    private static func kind(_ error: LLMError) -> String {
        if error.code == .rateLimited || error.code == .busy { return "rate_limit" }
        return [400, 403, 404, 413].contains(error.code.status) && !error.isProviderFailure
            ? "validation" : "provider_error"
    }
}
