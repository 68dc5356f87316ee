public import Conversations
package import Settings

/// How many requests and tokens users, channels and plugins may use: the sections `rate_limits` and `limits`.
public struct LimitSettings: Sendable, Equatable {
    /// For each user.
    public var user = UsageLimits()
    /// For each channel, whoever asks.
    public var channel = UsageLimits()
    /// For each plugin that asks without a user; plugins that give no name share one limit.
    public var plugins = UsageLimits()
    /// Tokens a day for all users together; 0: no limit.
    public var tokensPerDay = 0
    /// The users to whom ``user`` does not apply.
    public var exempt: Set<String> = []

    /// Creates settings without limits.
    public init() {}

    /// Takes over what the two sections say.
    package mutating func read(from root: inout Section) {
        // A limit that nobody asked for surprises. A file that has the section has the old plugin's numbers in its gaps.
        if root.has("rate_limits") {
            user = UsageLimits(
                requestsPerMinute: 10, requestsPerHour: 100, requestsPerDay: 500, tokensPerDay: 50_000)
        }
        root.section("rate_limits", &user)
        root.section("limits") { section in
            section.section("channel", &channel)
            section.section("plugins", &plugins)
            section.integer("tokens_per_day", &tokensPerDay, in: 0...)
            section.words("exempt", &exempt)
        }
    }
}
