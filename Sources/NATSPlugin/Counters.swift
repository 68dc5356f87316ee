package import ServiceRuntime

/// What the plugin has seen and done since it started.
package final class Counters: Sendable {
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
    /// Deliveries that JetStream made to us.
    package let jobsTaken = Counter()
    /// Those of them that were not the first of their message.
    package let jobsRedelivered = Counter()
    /// Jobs that were given up.
    package let jobsDead = Counter()
}
