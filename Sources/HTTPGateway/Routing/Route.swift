/// What a path leads to.
enum Route: Equatable {
    case chatCompletions, embeddings, models
    /// One model, by its id, which may have slashes.
    case model(String)
    /// Whether the process is alive, and whether it is of use.
    case health, readiness
    /// What is measured of the process.
    case metrics

    /// Nil where nothing is.
    init?(path: String) {
        switch path {
        case "/v1/chat/completions": self = .chatCompletions
        case "/v1/embeddings": self = .embeddings
        case "/v1/models": self = .models
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        case "/metrics": self = .metrics
        default:
            let prefix = "/v1/models/"
            guard path.hasPrefix(prefix), path.utf8.count > prefix.utf8.count else { return nil }
            self = .model(String(path.dropFirst(prefix.count)))
        }
    }

    /// What can be done there.
    var methods: [String] {
        switch self {
        case .chatCompletions, .embeddings: ["POST"]
        case .models, .model, .health, .readiness, .metrics: ["GET", "HEAD"]
        }
    }

    /// Whether everybody may go there: those who watch processes have no keys.
    var isOpen: Bool { self == .health || self == .readiness }

    /// Whether it is what people and programs come for: who only looks how we do is no request that anybody follows.
    var isTraced: Bool {
        switch self {
        case .chatCompletions, .embeddings, .models, .model: true
        case .health, .readiness, .metrics: false
        }
    }

    /// Its path, with a name in braces for what stands for anything.
    var template: String {
        switch self {
        case .chatCompletions: "/v1/chat/completions"
        case .embeddings: "/v1/embeddings"
        case .models: "/v1/models"
        case .model: "/v1/models/{id}"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        }
    }
}
