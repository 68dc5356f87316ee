package import Conversations
import FoundationEssentials
import JSON
package import LLMService
import LanguageModels
import ServiceRuntime

extension LLMResponse {
    /// What an answer of the service's own says besides its text.
    package enum Details: Sendable {
        case none
        /// The persona that a channel has now.
        case persona(String)
        /// The personas that there are, and the one that a channel has.
        case personas([String], current: String)
        case models([ModelListing])
        /// What was remembered, found or forgotten.
        case memories(Memory.ID?, [Memory])
        case status(ServiceStatus, version: String, instance: String, InstancesStatus)
    }

    /// Returns the payload of an answer of the service's own: it has the fields of a model's answer, empty where no model
    /// had a part in it.
    package static func encode(
        _ content: String, _ details: Details = .none, to context: ReplyContext, roomLength: Int?
    ) -> [UInt8] {
        JSONWriter.object(capacity: 384 + content.utf8.count) { writer in
            writer.head(type, context)
            writer.field("content", content)
            tail(&writer, context)
            let (provider, model, persona) = details.origin
            writer.field("provider", orNull: provider)
            writer.field("model", orNull: model)
            writer.field("persona", orNull: persona)
            writer.null("finish_reason")
            writer.null("usage")
            writer.field("latency_ms", 0)
            writer.null("ttft_ms")
            writer.null("tokens_per_s")
            writer.field("attempts", 0)
            writer.field("cached", false)
            writer.null("context")
            switch details {
            case .none, .persona: break
            case .personas(let names, _): writer.field("personas") { $0.strings(names) }
            case .models(let models): self.models(&writer, models)
            case .memories(let id, let memories): self.memories(&writer, id, memories)
            case .status(let status, let version, let instance, let instances):
                self.status(&writer, status, version, instance)
                instances.write(&writer)
            }
            parts(&writer, content, roomLength)
        }
    }

    static func models(_ writer: inout JSONWriter, _ models: [ModelListing]) {
        writer.objects("models", models) { writer, model in
            writer.field("id", model.id)
            writer.field("provider", model.provider)
        }
    }

    private static func memories(_ writer: inout JSONWriter, _ id: Memory.ID?, _ memories: [Memory]) {
        writer.field("memory_id", orNull: id)
        writer.objects("memories", memories) { writer, memory in
            writer.field("id", memory.id)
            writer.field("content", memory.text)
            writer.field("category", memory.category.rawValue)
            writer.field("importance", memory.importance)
            writer.field("author", orNull: memory.author)
            // RFC 3339, to the second.
            let created = Date(timeIntervalSince1970: Double(memory.created.milliseconds) / 1000)
            writer.field("created", created.formatted(.iso8601))
        }
        writer.field("count", memories.count)
    }

    private static func status(
        _ writer: inout JSONWriter, _ status: ServiceStatus, _ version: String, _ instance: String
    ) {
        writer.field("healthy", status.isHealthy)
        writer.field("version", version)
        writer.field("instance", instance)
        writer.field("uptime_seconds", Int(status.uptime.components.seconds))
        writer.field("requests_today", status.requestsToday)
        writer.field("tokens_today", status.tokensToday)
        writer.field("rate_limited", status.isRateLimited)
        writer.field("running", status.running)
        writer.field("waiting", status.waiting)
        writer.objects("providers", status.providers) { writer, provider in
            let statistics = provider.statistics
            self.provider(&writer, provider)
            writer.field("ttft_ms", orNull: statistics.firstToken)
            writer.field("tokens_per_s", orNull: statistics.tokensPerSecond)
            writer.field("succeeded", statistics.succeeded)
            writer.field("failed", statistics.failed)
        }
    }

    /// Writes how a provider does, as much of it as calls are told too.
    static func provider(_ writer: inout JSONWriter, _ provider: ProviderStatus) {
        writer.field("name", provider.name)
        writer.field("available", provider.isAvailable)
        writer.field("breaker", provider.breaker.rawValue)
        writer.field("latency_ms", orNull: provider.statistics.latency)
    }
}

extension LLMResponse.Details {
    /// What stands in the fields that say who has answered.
    fileprivate var origin: (provider: String?, model: String?, persona: String?) {
        switch self {
        case .persona(let name), .personas(_, let name): (nil, nil, name)
        case .status(let status, _, _, _): (status.provider, status.model, nil)
        case .none, .models, .memories: (nil, nil, nil)
        }
    }
}
