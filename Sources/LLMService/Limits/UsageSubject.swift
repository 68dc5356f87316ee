import Concurrency
import Conversations
import ServiceRuntime

/// Whose usage is counted.
enum UsageSubject: Hashable, Sendable {
    case user(String)
    case channel(String)
    case plugin(String?)
    case everybody

    /// Where its usage is kept.
    var key: String {
        switch self {
        case .user(let name): "user " + name
        case .channel(let name): "channel " + name
        case .plugin(let name?): "plugin " + name
        case .plugin(nil): "plugin"
        case .everybody: "all"
        }
    }

    /// Its limits.
    func limits(_ settings: LimitSettings) -> UsageLimits {
        switch self {
        case .user(let name): settings.exempt.contains(name) ? UsageLimits() : settings.user
        case .channel: settings.channel
        case .plugin: settings.plugins
        case .everybody: UsageLimits(tokensPerDay: settings.tokensPerDay)
        }
    }

    /// Whose limit it is, for a sentence; a user's own needs no saying.
    fileprivate var owner: String {
        switch self {
        case .user: ""
        case .channel: " for this channel"
        case .plugin(_?): " for this plugin"
        case .plugin(nil): " for plugins"
        case .everybody: " for everybody"
        }
    }
}

extension LLMError {
    /// A limit is used up, in the old plugin's words.
    init(_ refusal: Usage.Refusal, of subject: UsageSubject) {
        let seconds = max(1, Int(refusal.resetsIn.seconds.rounded(.up)))
        let what =
            switch refusal.kind {
            case .minute: "Rate limit: \(refusal.limit) requests/minute"
            case .hour: "Rate limit: \(refusal.limit) requests/hour"
            case .day: "Rate limit: \(refusal.limit) requests/day"
            case .tokens: "Token limit: \(refusal.limit) tokens/day"
            }
        if refusal.isReserved {
            self.init(
                .rateLimited,
                "\(what)\(subject.owner), what is left is set aside for requests under way (try again in \(seconds)s)",
                retryAfter: .seconds(seconds))
            return
        }
        let when =
            switch refusal.kind {
            case .minute: "\(seconds)s"
            case .hour: Self.count((seconds + 59) / 60, "minute")
            case .day, .tokens: Self.count((seconds + 3599) / 3600, "hour")
            }
        self.init(.rateLimited, "\(what)\(subject.owner) (resets in \(when))", retryAfter: .seconds(seconds))
    }

    private static func count(_ number: Int, _ unit: String) -> String { "\(number) \(unit)\(number == 1 ? "" : "s")" }
}

/// In whose name a request is made: whose limits it keeps to.
package enum Caller: Sendable, Hashable {
    /// A user's, by name.
    case user(String)
    /// A plugin's own, by name; nil for those that do not say which they are.
    case plugin(String?)

    /// The user, if it is one.
    var user: String? {
        guard case .user(let name) = self else { return nil }
        return name
    }

    /// Whose usage it adds to.
    var subject: UsageSubject {
        switch self {
        case .user(let name): .user(name)
        case .plugin(let name): .plugin(name)
        }
    }
}
