package import Settings

/// How many requests and tokens somebody may use.
public struct UsageLimits: Sendable, Equatable {
    /// The largest number of requests in a minute; 0: no limit.
    public var requestsPerMinute: Int
    /// The largest number of requests in an hour; 0: no limit.
    public var requestsPerHour: Int
    /// The largest number of requests in a day; 0: no limit.
    public var requestsPerDay: Int
    /// The largest number of tokens in a day; 0: no limit.
    public var tokensPerDay: Int

    /// Creates limits; there are none unless given.
    public init(
        requestsPerMinute: Int = 0, requestsPerHour: Int = 0, requestsPerDay: Int = 0, tokensPerDay: Int = 0
    ) {
        (self.requestsPerMinute, self.requestsPerHour) = (requestsPerMinute, requestsPerHour)
        (self.requestsPerDay, self.tokensPerDay) = (requestsPerDay, tokensPerDay)
    }

    /// What is limited: requests in a period, or tokens.
    public enum Kind: String, Sendable, CaseIterable {
        /// Requests in a minute.
        case minute
        /// Requests in an hour.
        case hour
        /// Requests in a day.
        case day
        /// Tokens in a day.
        case tokens

        /// The length of its period.
        public var length: Duration {
            switch self {
            case .minute: .seconds(60)
            case .hour: .seconds(3600)
            case .day, .tokens: .seconds(86_400)
            }
        }
    }

    /// The limit of that kind; nil if there is none.
    public subscript(kind: Kind) -> Int? {
        let limit =
            switch kind {
            case .minute: requestsPerMinute
            case .hour: requestsPerHour
            case .day: requestsPerDay
            case .tokens: tokensPerDay
            }
        return limit > 0 ? limit : nil
    }

    /// Whether there is no limit at all.
    public var isNone: Bool { Kind.allCases.allSatisfy { self[$0] == nil } }
}

extension UsageLimits: Configurable {
    package mutating func read(_ section: inout Section) {
        section.integer("requests_per_minute", &requestsPerMinute, in: 0...)
        section.integer("requests_per_hour", &requestsPerHour, in: 0...)
        section.integer("requests_per_day", &requestsPerDay, in: 0...)
        section.integer("tokens_per_day", &tokensPerDay, in: 0...)
    }
}
