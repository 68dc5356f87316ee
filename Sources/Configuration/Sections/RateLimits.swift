extension Configuration {
    /// `rate_limits`: how much one user may ask. 0 is no limit.
    package struct RateLimits: Sendable, Equatable {
        /// `requests_per_minute`: 0 or more. Default 10.
        package var requestsPerMinute = 10
        /// `requests_per_hour`: 0 or more. Default 100.
        package var requestsPerHour = 100
        /// `requests_per_day`: 0 or more. Default 500.
        package var requestsPerDay = 500
        /// `tokens_per_day`: 0 or more. Default 50 000.
        package var tokensPerDay = 50_000

        /// The defaults.
        package init() {}
    }
}

extension Configuration.RateLimits {
    /// Takes over what the section `rate_limits` says.
    mutating func read(_ section: inout Section) {
        requestsPerMinute = section.integer("requests_per_minute", in: 0...) ?? requestsPerMinute
        requestsPerHour = section.integer("requests_per_hour", in: 0...) ?? requestsPerHour
        requestsPerDay = section.integer("requests_per_day", in: 0...) ?? requestsPerDay
        tokensPerDay = section.integer("tokens_per_day", in: 0...) ?? tokensPerDay
    }
}
