public import ServiceRuntime

/// The requests and tokens that a user, a channel, a plugin, or all users together have used in the current periods.
public struct Usage: Sendable, Equatable {
    /// Tells steps apart, also those of other processes: each is made once.
    public typealias StepID = Int

    /// The requests of the current minute.
    public package(set) var minute = UsageWindow()
    /// The requests of the current hour.
    public package(set) var hour = UsageWindow()
    /// The requests of the current day.
    public package(set) var day = UsageWindow()
    /// The tokens used in the current day.
    public package(set) var tokens = UsageWindow()
    /// What is set aside of ``tokens`` for requests under way, oldest first.
    package var reservations: [Reservation] = []
    /// The last steps that were made, oldest first.
    package var steps: [StepID] = []

    /// Creates a record without requests and tokens.
    public init() {}

    /// Returns how much of a limit is used: requests made, or tokens used and reserved.
    public func used(_ kind: UsageLimits.Kind, _ now: Timestamp) -> Int {
        let count = self[kind].count(now, kind.length)
        return kind == .tokens && tokens.rest(now, kind.length) > .zero ? count.adding(reserved(now)) : count
    }

    /// Returns the tokens reserved for requests that run.
    public func reserved(_ now: Timestamp) -> Int {
        reservations.reduce(0) { $1.until > now ? $0.adding($1.tokens) : $0 }
    }

    /// Returns the tokens used in the current day, without those reserved.
    public func spent(_ now: Timestamp) -> Int { tokens.count(now, UsageLimits.Kind.tokens.length) }

    /// Returns what is left of a limit; nil if there is no such limit.
    public func left(_ kind: UsageLimits.Kind, of limits: UsageLimits, _ now: Timestamp) -> Int? {
        limits[kind].map { max(0, $0 - used(kind, now)) }
    }

    /// A request that was counted, and the tokens reserved for it.
    public struct Hold: Sendable, Equatable {
        /// The step that counted it.
        var id: StepID
        /// When the windows began that it was counted in: those of a minute, an hour, a day, and of tokens.
        var starts: [Timestamp?]
    }

    /// Tokens set aside for one request.
    package struct Reservation: Sendable, Equatable {
        /// The step that set them aside.
        package var id: StepID
        /// How many.
        package var tokens: Int
        /// When they are free again, should nobody say so before: a process may be killed.
        package var until: Timestamp

        /// Tokens set aside.
        package init(id: StepID, tokens: Int, until: Timestamp) {
            (self.id, self.tokens, self.until) = (id, tokens, until)
        }
    }

    /// Why a request is refused: a limit that is used up.
    public struct Refusal: Sendable, Equatable {
        /// What is limited.
        public var kind: UsageLimits.Kind
        /// The limit.
        public var limit: Int
        /// The time until the limit allows another request.
        public var resetsIn: Duration
        /// Whether it is so only because of what is set aside: what is not spent of that is free again soon.
        public var isReserved = false
    }

    /// A limit of which 80, 90 or 100 % is used, for the first time in its period.
    public struct Crossing: Sendable, Equatable {
        /// What is limited.
        public var kind: UsageLimits.Kind
        /// How much is used.
        public var current: Int
        /// The limit.
        public var limit: Int
    }
}

extension Usage {
    subscript(kind: UsageLimits.Kind) -> UsageWindow {
        get { self[keyPath: Self.window(kind)] }
        set { self[keyPath: Self.window(kind)] = newValue }
    }

    private static func window(_ kind: UsageLimits.Kind) -> WritableKeyPath<Usage, UsageWindow> {
        switch kind {
        case .minute: \.minute
        case .hour: \.hour
        case .day: \.day
        case .tokens: \.tokens
        }
    }
}
