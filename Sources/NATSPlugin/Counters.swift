import Synchronization

/// What the plugin has seen and done since it started.
package final class Counters: Sendable {
    /// A number that only grows.
    package final class Counter: Sendable {
        private let count = Atomic(0)

        /// The number.
        package var value: Int { count.load(ordering: .relaxed) }

        /// Counts one more.
        func add() { count.add(1, ordering: .relaxed) }
    }

    /// Final answers sent.
    package let answered = Counter()
    /// Failures sent.
    package let failed = Counter()
    /// Messages that no answer could be given to: not JSON, and nowhere to say so.
    package let ignored = Counter()
    /// What was typed too long before somebody was there to answer it.
    package let overdue = Counter()
    /// Messages that the connection would not take.
    package let unsent = Counter()
}
