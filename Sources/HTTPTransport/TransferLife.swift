/// The life of one transfer between its caller, a cancel and the loop: whoever ends it gets the waiter, once.
///
/// `Waiter` is the caller's continuation; a value of any type in tests.
struct TransferLife<Waiter> {
    private enum State {
        /// Made; the caller is not waiting yet.
        case made
        /// Cancelled before the caller waited.
        case cancelledEarly
        /// The caller waits; the loop has not seen it.
        case submitted(Waiter)
        /// In the loop. Without a waiter once a streamed answer's head was handed over.
        case active(slot: Int, Waiter?)
        case ended
    }

    /// What a caller's cancel asks for.
    enum Cancellation: Equatable { case nothing, tellLoop }

    /// What ends with a transfer: its place in the loop, if it had one, and who waits for it, if anybody.
    struct Ending {
        var slot: Int?
        var waiter: Waiter?
    }

    private var state = State.made

    /// The caller waits. False when it was cancelled before: the waiter is the caller's to resume.
    mutating func submit(_ waiter: Waiter) -> Bool {
        guard case .made = state else { return false }
        state = .submitted(waiter)
        return true
    }

    /// The caller was cancelled.
    mutating func cancel() -> Cancellation {
        switch state {
        case .made:
            state = .cancelledEarly
            return .nothing
        case .submitted, .active:
            return .tellLoop
        case .cancelledEarly, .ended:
            return .nothing
        }
    }

    /// The loop takes it. False when it has ended meanwhile.
    mutating func begin(slot: Int) -> Bool {
        guard case .submitted(let waiter) = state else { return false }
        state = .active(slot: slot, waiter)
        return true
    }

    /// Takes the waiter and leaves the transfer running: its head is there.
    mutating func takeWaiter() -> Waiter? {
        guard case .active(let slot, let waiter) = state else { return nil }
        state = .active(slot: slot, nil)
        return waiter
    }

    /// Ends it; nil when it had ended before or was never submitted.
    mutating func end() -> Ending? {
        switch state {
        case .submitted(let waiter):
            state = .ended
            return Ending(slot: nil, waiter: waiter)
        case .active(let slot, let waiter):
            state = .ended
            return Ending(slot: slot, waiter: waiter)
        case .made, .cancelledEarly, .ended:
            return nil
        }
    }

    /// Its place in the loop while it is there.
    var slot: Int? {
        if case .active(let slot, _) = state { slot } else { nil }
    }
}
