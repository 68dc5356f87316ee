/// When a provider is left alone, and for how long.
public struct BreakerSettings: Sendable, Equatable {
    /// How far back outcomes count.
    public var window: Duration
    /// The fewest outcomes in the window that say anything.
    public var minimumRequests: Int
    /// The share of failures among them, from 0 to 1, at which the provider is left alone.
    public var errorRatio: Double
    /// For how long it is, before one request tries it again.
    public var openTime: Duration

    /// Settings; where none are given, half of at least ten requests in thirty seconds, for thirty seconds.
    public init(
        window: Duration = .seconds(30), minimumRequests: Int = 10, errorRatio: Double = 0.5,
        openTime: Duration = .seconds(30)
    ) {
        self.window = window
        self.minimumRequests = minimumRequests
        self.errorRatio = errorRatio
        self.openTime = openTime
    }
}
