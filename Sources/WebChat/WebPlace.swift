/// What the page asks for, besides its files.
package enum WebPlace: Equatable {
    case file(PageFile)
    /// Whether a key is needed, to show one, and to forget that one was shown.
    case session
    /// A channel's persona and model, and the personas there are.
    case channel
    case models
    /// What is said in a channel, as it is said.
    case events
    /// What somebody types.
    case messages

    /// Creates what a path leads to; nil where nothing is.
    package init?(path: String) {
        let file = PageFile(rawValue: path).map { WebPlace.file($0) }
        guard let place = file ?? Self.fixed.first(where: { $0.template == path }) else { return nil }
        self = place
    }

    private static let fixed = [session, channel, models, events, messages]

    /// What can be done there.
    package var methods: [String] {
        switch self {
        case .file: ["GET", "HEAD"]
        case .session: ["GET", "POST", "DELETE"]
        case .channel, .models, .events: ["GET"]
        case .messages: ["POST"]
        }
    }

    /// Its path; the files are one.
    package var template: String {
        switch self {
        case .file: "/"
        case .session: "/web/session"
        case .channel: "/web/channel"
        case .models: "/web/models"
        case .events: "/web/events"
        case .messages: "/web/messages"
        }
    }
}
