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

/// Where the part of a document's log begins that is still needed: the entries before it have left the document, and need
/// not be read. It is named in each entry, moves on in steps, and is never too late.
struct LogStart: Sendable, Equatable {
    /// The revision of the first entry that is needed, or an earlier one; 0: the next entry is the first.
    private(set) var revision: UInt64 = 0
    /// An entry, before which nothing is needed once as many have left as its number says.
    private var mark: (revision: UInt64, number: Int)?

    init(revision: UInt64 = 0) { self.revision = revision }

    static func == (left: LogStart, right: LogStart) -> Bool { left.revision == right.revision }

    /// An entry was added to the log.
    ///
    /// - Parameters:
    ///   - revision: the entry's.
    ///   - number: how many the document had ever had before it; nil where it took the place of another.
    ///   - departed: how many of those have left the document.
    mutating func added(_ revision: UInt64, number: Int?, departed: Int) {
        if self.revision == 0 { self.revision = revision }
        guard let number else { return }
        guard let mark, mark.number <= number else {
            self.mark = (revision, number)
            return
        }
        guard departed >= mark.number else { return }
        self.revision = mark.revision
        self.mark = (revision, number)
    }
}
