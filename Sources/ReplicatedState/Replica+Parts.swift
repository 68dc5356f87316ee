import Concurrency
import Conversations

/// What a replica is made of that others see.
extension Replica {
    /// A change that is not stored yet.
    struct Pending: Sendable {
        let number: UInt64
        /// Who waits for it, if somebody does.
        let waiter: WaitSlot<Changed<Value.Outcome>>?
        var change: Value.Change
        /// What it led to, on what was known last.
        var outcome: Value.Outcome
        /// Whether it led to another document.
        var isChange: Bool

        /// Whoever waits for it waits no longer.
        func end(isPersisted: Bool) { waiter?.resume(Changed(outcome, isPersisted: isPersisted)) }
    }

    /// When a copy was taken: one from before a reconnect, or from too long ago, may be out of date.
    struct Moment: Sendable {
        let generation: Int
        let time: ContinuousClock.Instant
    }

    /// The revisions of what is stored; 0: nothing is.
    struct Place: Sendable, Equatable {
        /// The record's.
        var record: UInt64 = 0
        /// That of the log's last entry.
        var log: UInt64 = 0
        /// Where the part of the log begins that is needed.
        var start = LogStart()
    }
}
