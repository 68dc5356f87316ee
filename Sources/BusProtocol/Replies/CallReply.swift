import Concurrency
package import Conversations
import JSON
package import LLMService
package import LanguageModels
import ServiceRuntime

/// The reply to a call on `rosey.llm.*` (documented in Calls.md): in the old plugin's fields and some more.
package struct CallReply: Sendable {
    /// What was called; nil where there is nothing of that name.
    package let name: LLMCall.Name?
    /// For the providers' old names.
    private let registry: ProviderRegistry

    /// Creates the encoder of the replies to a call.
    package init(to name: LLMCall.Name?, registry: ProviderRegistry) {
        (self.name, self.registry) = (name, registry)
    }

    /// Returns the payload for a model's answer.
    package func encode(_ answer: Answer) -> [UInt8] {
        success(capacity: 320 + answer.content.utf8.count) { writer in
            if name == .summarize { return writer.field("summary", answer.content) }
            writer.field("content", answer.content)
            writer.field("tokens_used", answer.usage?.totalTokens ?? 0)
            writer.field("provider", registry.oldName(of: answer.provider))
            writer.field("model", answer.model)
            writer.field("usage") { LLMResponse.usage(&$0, answer.usage) }
            writer.field("finish_reason", answer.finishReason.rawValue)
            writer.field("request_id", answer.requestID)
        }
    }

    /// Returns the size in bytes of an answer's payload, where it is above a limit; nil where it is not.
    package func size(of answer: Answer, above limit: Int) -> Int? {
        if answer.content.utf8.count * 6 + 16_384 <= limit { return nil }
        var frame = answer
        frame.content = ""
        let size = encode(frame).count + JSONWriter.size(of: answer.content)
        return size > limit ? size : nil
    }

    /// Returns the payload for a failure. All fields of a success are there: null, or 0 where the old plugin's were never
    /// null.
    ///
    /// - Parameter text: what people read.
    package func encode(_ error: LLMError, text: String, requestID: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("success", false)
            let (fields, count) = name?.fields ?? ([], nil)
            for field in fields { writer.null(field) }
            if let count { writer.field(count, 0) }
            writer.field("error", text)
            writer.field("code", error.code.name)
            if let delay = error.retryAfter { writer.field("retry_after_s", delay.seconds) }
            if name == .chat || name == .complete { writer.field("request_id", requestID) }
        }
    }

    /// Returns the payload for a channel's persona, those there are, and the channel's model, where it was asked for.
    package func encode(persona: String?, available: [String], model: String? = nil) -> [UInt8] {
        success { writer in
            writer.field("persona", orNull: persona)
            writer.field("available") { $0.strings(available) }
            writer.field("model", ifSet: model)
        }
    }

    /// Returns the payload for what was remembered or found. The old plugin's memories are texts.
    package func encode(_ memories: [Memory], id: Memory.ID?) -> [UInt8] {
        success { writer in
            writer.field("memories") { $0.strings(memories.map(\.text)) }
            writer.field("count", memories.count)
            writer.field("memory_id", orNull: id)
        }
    }

    /// Returns the payload for the models there are.
    package func encode(_ models: [ModelListing]) -> [UInt8] {
        success { LLMResponse.models(&$0, models) }
    }

    /// Returns the payload for how the service does.
    package func encode(
        _ status: ServiceStatus, version: String, instance: String, _ instances: InstancesStatus
    ) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("healthy", status.isHealthy)
            writer.field("provider", registry.oldName(of: status.provider))
            writer.field("model", status.model)
            writer.field("requests_today", status.requestsToday)
            writer.field("tokens_today", status.tokensToday)
            writer.field("rate_limited", status.isRateLimited)
            writer.field("uptime_seconds", Int(status.uptime.components.seconds))
            writer.objects("providers", status.providers) { LLMResponse.provider(&$0, $1) }
            writer.field("version", version)
            writer.field("instance", instance)
            instances.write(&writer)
        }
    }

    /// Returns the payload for what somebody has asked and spent. What no limit is on has null left.
    package func encode(_ report: UsageReport) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("user", orNull: report.user)
            writer.field("requests_today", report.requestsToday)
            writer.field("tokens_today", report.tokensToday)
            writer.object("rate_limits_remaining") { writer in
                for kind in UsageLimits.Kind.allCases {
                    let field = kind == .tokens ? "tokens_day" : "requests_\(kind.rawValue)"
                    if let left = report.remaining[kind] { writer.field(field, left) } else { writer.null(field) }
                }
            }
        }
    }

    private func success(capacity: Int = 256, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object(capacity: capacity) { writer in
            writer.field("success", true)
            body(&writer)
            writer.null("error")
        }
    }
}

extension LLMCall.Name {
    /// The fields of its reply, besides whether it succeeded and why not; and the one of them that is never null.
    var fields: (nullable: [String], count: String?) {
        switch self {
        case .chat, .complete: (["content", "provider", "model", "usage", "finish_reason"], "tokens_used")
        case .summarize: (["summary"], nil)
        case .memoryAdd, .memoryRecall: (["memories", "memory_id"], "count")
        case .personaGet, .personaSet, .personaList: (["persona", "available"], nil)
        case .status:
            (
                [
                    "healthy", "provider", "model", "requests_today", "tokens_today", "rate_limited", "uptime_seconds",
                    "providers", "version", "instance", "instances", "handed_over", "handover_ms",
                ], nil
            )
        case .usage: (["user", "requests_today", "tokens_today", "rate_limits_remaining"], nil)
        case .models: (["models"], nil)
        }
    }
}

extension ProviderRegistry {
    /// Returns what the old plugin calls a provider: the class that it was there. One that it had not keeps its own name.
    package func oldName(of name: String) -> String {
        guard let provider = get(name) else { return name }
        let type = type(of: provider)
        if type == OllamaProvider.self { return "OllamaProvider" }
        if type == OpenAIProvider.self { return "OpenAIProvider" }
        if type == OpenRouterProvider.self { return "OpenRouterProvider" }
        if type == ScriptedProvider.self { return "ScriptedProvider" }
        return name
    }
}

/// What a call came to, for whoever made it.
package struct CallResult: Sendable {
    private let fields: [String: JSONValue]

    /// Reads a reply; nil where it is no JSON object.
    ///
    /// - Throws: the failure that it tells of.
    package init?(_ payload: [UInt8]) throws(LLMFailure) {
        guard let fields = JSONValue.parse(payload)?.object else { return nil }
        if fields["success"] != .bool(true) { throw LLMFailure(fields) }
        self.fields = fields
    }

    /// The persona of the channel that was named.
    package var persona: String? { fields["persona"]?.string }
    /// The channel's model, if it was asked for.
    package var model: String? { fields["model"]?.string }
    /// The personas that there are.
    package var available: [String] { JSONValue.strings(fields["available"]) ?? [] }
    /// The models, and the provider of each.
    package var models: [(provider: String, id: String)] { JSONValue.models(fields["models"]) ?? [] }
}
