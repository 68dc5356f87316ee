import Concurrency
import JSON
package import LLMService
package import LanguageModels
import ServiceRuntime

/// A message on `rosey.event.llm.*` (wire contract, section 6).
package struct LLMEvent: Sendable {
    package let subject: String
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
        case .failure(let event):
            self.init("error") { writer in
                writer.field("channel", orNull: event.channel)
                writer.field("user", orNull: event.user)
                writer.field("error", event.error.message)
                writer.field("provider", orNull: event.error.provider.map(registry.oldName))
                writer.field("error_type", Self.kind(event.error))
            }
        case .memory(let event):
            self.init("memory") { writer in
                writer.field("channel", event.channel)
                writer.field("action", event.action.rawValue)
                writer.field("user_id", orNull: event.user)
                writer.field("memory_count", event.count)
            }
        case .summarized(let event):
            self.init("summarized") { writer in
                writer.field("channel", event.channel)
                writer.field("message_count", event.messages)
                writer.field("summary_length", event.length)
            }
        case .threshold(let event):
            self.init("usage_threshold") { writer in
                writer.field("user", orNull: event.user)
                writer.field("channel", orNull: event.channel)
                writer.field("threshold_type", event.window.rawValue)
                writer.field("current", event.current)
                writer.field("limit", event.limit)
                let part = Double(event.current) / Double(max(1, event.limit))
                writer.field("percentage", (part * 1000).rounded() / 1000)
            }
        case .unsummarized, .forgetful:
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
