/// How many messages a work queue's consumer may still ask for: a pure state machine.
///
/// At most `limit` messages are with the consumer or on their way to it, as far as is known; what comes beyond that, because
/// something that was thought lost was not, is not taken.
struct WorkQueueDemand: Equatable {
    private let limit: Int
    /// With the consumer, and not finished.
    private(set) var outstanding = 0
    /// Asked for, and not come yet.
    private(set) var requested = 0
    private(set) var isStopped = false
    private(set) var isPaused = false

    /// - Parameter limit: 1 or more.
    init(limit: Int) { self.limit = limit }

    /// How many to ask for now, if any: not one by one, unless there is no other way.
    mutating func pull() -> Int? {
        let free = limit - outstanding - requested
        guard !isStopped, !isPaused, free > 0, requested == 0 || free * 2 >= limit else { return nil }
        requested += free
        return free
    }

    /// A message came. Returns whether it is to be handed out.
    mutating func receive() -> Bool {
        requested = max(0, requested - 1)
        guard !isStopped, outstanding < limit else { return false }
        outstanding += 1
        return true
    }

    /// The consumer has a message that somebody else had asked for; it counts like one of its own.
    mutating func adopt() { outstanding += 1 }

    /// Nothing more is asked for, until it is resumed. What was asked for still comes.
    mutating func pause() { isPaused = true }

    /// What was paused goes on.
    mutating func resume() { isPaused = false }

    /// The consumer is done with a message.
    mutating func finish() { outstanding -= 1 }

    /// What was asked for is over; so many of it have not come, and will not.
    mutating func expire(_ count: Int) { requested -= min(requested, max(0, count)) }

    /// Nothing of what was asked for will come.
    mutating func lose() { requested = 0 }

    /// Nothing more is asked for, and nothing handed out.
    mutating func stop() { isStopped = true }
}
