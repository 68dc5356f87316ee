import WebChat

/// What a path leads to.
enum Route: Equatable {
    case chatCompletions, embeddings, models
    /// One model, by its id, which may have slashes.
    case model(String)
    /// Whether the process is alive, and whether it is of use.
    case health, readiness
    /// The page, and what it asks for.
    case web(WebPlace)
    /// What is measured of the process.
    case metrics

    /// Nil where nothing is.
    init?(path: String) {
        let prefix = "/v1/models/"
        if let route = Self.fixed.first(where: { $0.template == path }) {
            self = route
        } else if let place = WebPlace(path: path) {
            self = .web(place)
        } else if path.hasPrefix(prefix), path.utf8.count > prefix.utf8.count {
            self = .model(String(path.dropFirst(prefix.count)))
        } else {
            return nil
        }
    }

    private static let fixed = [chatCompletions, embeddings, models, health, readiness, metrics]

    /// What can be done there.
    var methods: [String] {
        switch self {
        case .chatCompletions, .embeddings: ["POST"]
        case .models, .model, .health, .readiness, .metrics: ["GET", "HEAD"]
        case .web(let place): place.methods
        }
    }

    /// Whether everybody may go there: those who watch processes have no keys, and the page has its own sign-in.
    var isOpen: Bool {
        switch self {
        case .health, .readiness, .web: true
        default: false
        }
    }

    /// Whether it is what programs come for: who only looks how we do is no request that anybody follows, and what is
    /// typed on the page is the service's to follow.
    var isTraced: Bool {
        switch self {
        case .chatCompletions, .embeddings, .models, .model: true
        case .health, .readiness, .metrics, .web: false
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
        case .web(let place): place.template
        }
    }
}
