import Conversations
import JSON
import LLMService
import LanguageModels
import ServiceRuntime

/// How a call on `rosey.llm.*` is answered: to whoever called and to nobody else, in the old plugin's fields and some more.
struct CallReply: Sendable {
    /// What was called; nil where there is nothing of that name.
    let call: Call?
    /// For the providers' old names.
    let registry: ProviderRegistry
    /// Whether the caller wants to know a channel's model along with its persona.
    var tellsModel = false

    /// An answer of a model.
    func answer(_ answer: Answer) -> [UInt8] {
        success(capacity: 320 + answer.content.utf8.count) { writer in
            if call == .summarize { return writer.field("summary", answer.content) }
            writer.field("content", answer.content)
            writer.field("tokens_used", answer.usage?.totalTokens ?? 0)
            writer.field("provider", registry.oldName(of: answer.provider))
            writer.field("model", answer.model)
            writer.field("usage") { AnswerMessage.usage(&$0, answer.usage) }
            writer.field("finish_reason", answer.finishReason.rawValue)
            writer.field("request_id", answer.requestID)
        }
    }

    /// A failure; `text` is what people read.
    func failure(_ error: LLMError, text: String, to echo: Echo) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("success", false)
            for field in call?.fields ?? [] { writer.null(field) }
            for field in call?.counts ?? [] { writer.field(field, 0) }
            writer.field("error", text)
            writer.field("code", error.code.name)
            if let delay = error.retryAfter { writer.field("retry_after_s", delay.seconds) }
            if call == .chat || call == .complete { writer.field("request_id", echo.requestID) }
        }
    }

    /// A channel's persona, and those there are; the channel's model, where it was asked for.
    func persona(_ current: String?, available: [String], model: String? = nil) -> [UInt8] {
        success { writer in
            writer.field("persona", orNull: current)
            writer.field("available") { $0.strings(available) }
            if let model { writer.field("model", model) }
        }
    }

    /// What was remembered or found. The old plugin's memories are texts.
    func memories(_ id: Memory.ID?, _ memories: [Memory]) -> [UInt8] {
        success { writer in
            writer.field("memories") { $0.strings(memories.map(\.text)) }
            writer.field("count", memories.count)
            writer.field("memory_id", orNull: id)
        }
    }

    /// The models there are.
    func models(_ models: [ModelListing]) -> [UInt8] {
        success { $0.field("models") { AnswerMessage.models(&$0, models) } }
    }

    /// How the service does.
    func status(_ status: ServiceStatus, version: String, instance: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("healthy", status.isHealthy)
            writer.field("provider", registry.oldName(of: status.provider))
            writer.field("model", status.model)
            writer.field("requests_today", status.requestsToday)
            writer.field("tokens_today", status.tokensToday)
            writer.field("rate_limited", status.isRateLimited)
            writer.field("uptime_seconds", Int(status.uptime.components.seconds))
            writer.field("providers") { writer in
                writer.array { writer in
                    for provider in status.providers {
                        writer.object { writer in
                            writer.field("name", provider.name)
                            writer.field("available", provider.isAvailable)
                            writer.field("breaker", provider.breaker.rawValue)
                            writer.field("latency_ms", orNull: provider.statistics.latency)
                        }
                    }
                }
            }
            writer.field("version", version)
            writer.field("instance", instance)
        }
    }

    /// What somebody has asked and spent. What no limit is on has null left.
    func usage(_ report: UsageReport) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("user", orNull: report.user)
            writer.field("requests_today", report.requestsToday)
            writer.field("tokens_today", report.tokensToday)
            writer.field("rate_limits_remaining") { writer in
                writer.object { writer in
                    for kind in UsageLimits.Kind.allCases {
                        let field = kind == .tokens ? "tokens_day" : "requests_\(kind.rawValue)"
                        if let left = report.remaining[kind] { writer.field(field, left) } else { writer.null(field) }
                    }
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
