extension Configuration {
    /// `resilience`: when a provider that fails is left alone for a while (a circuit breaker), and how long one is waited
    /// for. The section may also hold `fallback`, which says the same as ``Configuration/fallback``.
    package struct Resilience: Sendable, Equatable {
        /// `breaker_window`: seconds in which a provider's failures are counted; above 0, at most a day. Default 30.
        package var breakerWindow: Duration = .seconds(30)
        /// `breaker_min_requests`: requests in that window before their failures count, so that one failure of one request
        /// says nothing; 1 or more. Default 10.
        package var breakerMinRequests = 10
        /// `breaker_error_ratio`: the part of them that must fail for the provider to be left alone; above 0, at most 1.
        /// Default 0.5.
        package var breakerErrorRatio = 0.5
        /// `breaker_open_time`: seconds for which it is left alone; above 0, at most a day. Default 30.
        package var breakerOpenTime: Duration = .seconds(30)
        /// `max_retry_wait`: seconds; a provider that asks for a longer wait is not waited for: the next one of its fallbacks
        /// is asked. 0 to a day. Default 60.
        package var maxRetryWait: Duration = .seconds(60)

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Resilience {
    /// Takes over what the section `resilience` says.
    mutating func read(_ section: inout Section) {
        breakerWindow = section.seconds("breaker_window") ?? breakerWindow
        breakerMinRequests = section.integer("breaker_min_requests", in: 1...) ?? breakerMinRequests
        breakerErrorRatio = section.share("breaker_error_ratio") ?? breakerErrorRatio
        breakerOpenTime = section.seconds("breaker_open_time") ?? breakerOpenTime
        maxRetryWait = section.delay("max_retry_wait") ?? maxRetryWait
        section.skip("fallback")  // Read when it is known who is configured: see readFallbacks.
    }
}
