import JSON
import LLMService
import LanguageModels
import ServiceRuntime

extension AnswerMessage {
    /// How the service does.
    static func status(
        _ status: ServiceStatus, to echo: Echo, version: String, instance: String, roomLength: Int?
    ) -> [UInt8] {
        notice(
            summary(status), to: echo, provider: status.provider, model: status.model, roomLength: roomLength
        ) { writer in
            writer.field("healthy", status.isHealthy)
            writer.field("version", version)
            writer.field("instance", instance)
            writer.field("uptime_seconds", Int(status.uptime.components.seconds))
            writer.field("requests_today", status.requestsToday)
            writer.field("tokens_today", status.tokensToday)
            writer.field("rate_limited", status.isRateLimited)
            writer.field("running", status.running)
            writer.field("waiting", status.waiting)
            writer.field("providers") { writer in
                writer.array { writer in
                    for provider in status.providers { writer.object { fields(&$0, provider) } }
                }
            }
        }
    }

    /// A line a provider, for people.
    private static func summary(_ status: ServiceStatus) -> String {
        if status.providers.isEmpty { return "There is no provider." }
        return status.providers.map { provider in
            let latency = provider.statistics.latency.map { "mean latency \($0.milliseconds) ms" }
            return "\(provider.name): \(provider.isAvailable ? "available" : "not available"), breaker "
                + "\(provider.breaker.words), \(latency ?? "no answer yet")"
        }.joined(separator: "\n")
    }

    private static func fields(_ writer: inout JSONWriter, _ provider: ProviderStatus) {
        let statistics = provider.statistics
        writer.field("name", provider.name)
        writer.field("available", provider.isAvailable)
        writer.field("breaker", provider.breaker.rawValue)
        writer.field("latency_ms", orNull: statistics.latency)
        writer.field("ttft_ms", orNull: statistics.firstToken)
        writer.field("tokens_per_s", orNull: statistics.tokensPerSecond)
        writer.field("succeeded", statistics.succeeded)
        writer.field("failed", statistics.failed)
    }
}

extension BreakerState {
    fileprivate var words: String { self == .halfOpen ? "half open" : rawValue }
}
