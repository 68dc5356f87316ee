public import Conversations
package import Settings

/// How much may be asked and spent, and by whom: the sections `rate_limits` and `limits`.
public struct LimitSettings: Sendable, Equatable {
    /// For each user.
    public var user = UsageLimits()
    /// For each channel, whoever asks.
    public var channel = UsageLimits()
    /// For each plugin that asks in nobody's name; those that do not say which they are share one.
    public var plugins = UsageLimits()
    /// For all together; 0: no limit.
    public var tokensPerDay = 0
    /// The users that ``user`` is not for.
    public var exempt: Set<String> = []

    /// No limits.
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
