extension Configuration {
    /// `limits`: how much channels, plugins and all together may ask and spend. 0 is no limit. (`rate_limits` says it for
    /// one user.)
    package struct Limits: Sendable, Equatable {
        /// `channel`: for each channel, with the keys of `rate_limits`. Default none.
        package var channel = RateLimits()
        /// `plugins`: for each plugin that asks in nobody's name, with the keys of `rate_limits`. Default none.
        package var plugins = RateLimits()
        /// `tokens_per_day`: for all together, 0 or more. Default 0.
        package var tokensPerDay = 0
        /// `exempt`: the users that `rate_limits` is not for. Default nobody.
        package var exempt: [String] = []

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Limits {
    /// Takes over what the section `limits` says.
    mutating func read(_ section: inout Section) {
        section.section("channel") { channel.read(&$0) }
        section.section("plugins") { plugins.read(&$0) }
        tokensPerDay = section.integer("tokens_per_day", in: 0...) ?? tokensPerDay
        exempt = section.words("exempt") ?? exempt
    }
}
