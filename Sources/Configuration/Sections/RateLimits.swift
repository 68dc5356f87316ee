extension Configuration {
    /// `rate_limits`: how much one user may ask. 0 is no limit.
    ///
    /// Without the section there are none: a limit that nobody asked for surprises. A file that has it gets what it says,
    /// and what the old plugin took for granted where it says nothing.
    package struct RateLimits: Sendable, Equatable {
        /// `requests_per_minute`: 0 or more. Default 0; 10 in a section without it.
        package var requestsPerMinute = 0
        /// `requests_per_hour`: 0 or more. Default 0; 100 in a section without it.
        package var requestsPerHour = 0
        /// `requests_per_day`: 0 or more. Default 0; 500 in a section without it.
        package var requestsPerDay = 0
        /// `tokens_per_day`: 0 or more. Default 0; 50 000 in a section without it.
        package var tokensPerDay = 0

        /// The defaults.
        package init() {}
    }
}

extension Configuration.RateLimits {
    /// What the old plugin took for granted.
    static var old: Self {
        var limits = Self()
        (limits.requestsPerMinute, limits.requestsPerHour, limits.requestsPerDay) = (10, 100, 500)
        limits.tokensPerDay = 50_000
        return limits
    }

    /// Takes over what a section says.
    mutating func read(_ section: inout Section) {
        requestsPerMinute = section.integer("requests_per_minute", in: 0...) ?? requestsPerMinute
        requestsPerHour = section.integer("requests_per_hour", in: 0...) ?? requestsPerHour
        requestsPerDay = section.integer("requests_per_day", in: 0...) ?? requestsPerDay
        tokensPerDay = section.integer("tokens_per_day", in: 0...) ?? tokensPerDay
    }
}
