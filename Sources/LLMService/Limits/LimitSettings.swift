public import Conversations

/// How much may be asked and spent, and by whom.
public struct LimitSettings: Sendable {
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
}
