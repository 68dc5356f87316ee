/// The tasks that wait for an outcome each, by number. A value: who is to be resumed is returned.
package struct WaiterTable<Outcome: Sendable>: Sendable {
    private enum Waiter {
        /// It does not wait yet.
        case absent
        case waiting(CheckedContinuation<Outcome, Never>)
        /// Over before it waited.
        case ended(Outcome)
    }

    private var waiters: [UInt64: Waiter] = [:]

    /// Creates a table in which no task waits.
    package init() {}

    /// How many there are.
    package var count: Int { waiters.count }

    /// One that is going to wait.
    package mutating func add(_ waiter: UInt64) { waiters[waiter] = .absent }

    /// It waits now. Returns what there is already, with which the continuation is to be resumed.
    package mutating func wait(_ waiter: UInt64, _ continuation: CheckedContinuation<Outcome, Never>) -> Outcome? {
        switch waiters[waiter] {
        case .absent:
            waiters[waiter] = .waiting(continuation)
            return nil
        case .ended(let outcome):
            waiters.removeValue(forKey: waiter)
            return outcome
        case .waiting, nil: preconditionFailure("a waiter waits once")
        }
    }

    /// The first outcome is the one that counts. Returns whom to resume with it, where it waits already.
    package mutating func end(_ waiter: UInt64, _ outcome: Outcome) -> CheckedContinuation<Outcome, Never>? {
        switch waiters[waiter] {
        case .absent:
            waiters[waiter] = .ended(outcome)
            return nil
        case .waiting(let continuation):
            waiters.removeValue(forKey: waiter)
            return continuation
        case .ended, nil: return nil
        }
    }
}
