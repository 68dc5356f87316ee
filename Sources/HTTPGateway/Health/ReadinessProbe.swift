import BusProtocol
import FoundationEssentials
import GatewayCore
import HTTPServing
import JSON
import ServiceRuntime

/// Whether the gateway is of use: NATS is there, and a service that can answer. Asked at most once a second, however many
/// want to know.
struct ReadinessProbe: Sendable {
    /// What keeps it from being of use; empty: nothing.
    typealias Reasons = [String]

    private static let patience = Duration.seconds(2)
    private let bus: ServiceBus
    private let calls: SharedCalls<String, Reasons, APIError>

    init(_ bus: ServiceBus, time: any TimeSource) {
        self.bus = bus
        let cancelled = APIError(499, "The request was cancelled.", code: "cancelled")
        calls = SharedCalls(
            ttl: .seconds(1), maxEntries: 1, maxBytes: 64 << 10, time: time, cancelled: cancelled
        ) { $1.reduce(64) { $0 + $1.utf8.count } }
    }

    /// 200, or 503 with the reasons.
    func response() async -> HTTPServerResponse {
        let (outcome, _) = await calls.value(for: "status") { .success(await find()) }
        let reasons = (try? outcome.get()) ?? ["the request was cancelled"]
        let body = JSONWriter.object { writer in
            writer.field("ready", reasons.isEmpty)
            writer.field("reasons") { $0.strings(reasons) }
        }
        return HTTPServerResponse(
            reasons.isEmpty ? 200 : 503,
            headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            body: Data(body))
    }

    private func find() async -> Reasons {
        do throws(APIError) {
            return Self.reasons(try await bus.ask(LLMRequest(.status), timeout: Self.patience))
        } catch {
            return [error.message]
        }
    }

    /// What a service says of itself.
    static func reasons(_ status: LLMResponse) -> Reasons {
        if status.isHealthy { return [] }
        let providers = status.unavailableProviders
        if providers.isEmpty { return ["The service is not healthy."] }
        return providers.map { "The provider \($0.shown) is not available." }
    }
}
