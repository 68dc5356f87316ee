/// The place where the one waiting consumer's continuation lies: to be stored, stored, or cancelled before that.
///
/// Each wait has a number, so that a cancellation that comes late cannot end the next wait.
package struct WaitSlot<Waiter> {
    private enum State { case none, cancelled, stored(Waiter) }

    private var turn: UInt = 0
    private var state = State.none

    package init() {}

    /// Begins a wait and says its number.
    package mutating func begin() -> UInt {
        if case .stored = state { preconditionFailure("two consumers wait for one sequence") }
        turn &+= 1
        state = .none
        return turn
    }

    /// Stores the continuation of that wait.
    /// - Returns: the continuation, to be resumed at once, if the wait was cancelled before.
    package mutating func store(_ waiter: Waiter, turn: UInt) -> Waiter? {
        precondition(turn == self.turn, "two consumers wait for one sequence")
        if case .cancelled = state {
            state = .none
            return waiter
        }
        state = .stored(waiter)
        return nil
    }

    /// Cancels that wait.
    /// - Returns: the continuation to resume, if it is stored already.
    package mutating func cancel(turn: UInt) -> Waiter? {
        guard turn == self.turn else { return nil }
        let waiter = take()
        if waiter == nil { state = .cancelled }
        return waiter
    }

    /// Takes the continuation out, to resume it.
    package mutating func take() -> Waiter? {
        guard case .stored(let waiter) = state else { return nil }
        state = .none
        return waiter
    }
}
