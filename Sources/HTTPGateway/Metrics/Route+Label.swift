import HTTPServing
import ServiceRuntime

extension Route {
    /// Its path as a label's value: what stands for anything is in braces.
    var label: String {
        switch self {
        case .chatCompletions: "/v1/chat/completions"
        case .embeddings: "/v1/embeddings"
        case .models: "/v1/models"
        case .model: "/v1/models/{id}"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .web(.file): "/"
        case .web(.session): "/web/session"
        case .web(.channel): "/web/channel"
        case .web(.models): "/web/models"
        case .web(.events): "/web/events"
        case .web(.messages): "/web/messages"
        }
    }
}

extension HTTPServerRequest {
    /// Its method as a label's value.
    var methodLabel: String {
        ["GET", "HEAD", "POST", "DELETE", "OPTIONS"].contains(method) ? method : MetricLabel.other
    }
}
