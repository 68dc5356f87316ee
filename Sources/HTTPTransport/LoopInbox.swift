import Synchronization

/// What other threads have for the loop: a list behind a lock, and whether the loop has to be woken for it.
final class LoopInbox: Sendable {
    /// One thing to do.
    enum Command {
        case add(Transfer)
        case cancel(Transfer)
        /// The consumer of a streamed body wants more.
        case resume(Transfer)
        /// The consumer of a streamed body, which the loop has asked in vain, has seen content.
        case contentBegan(Transfer)
        /// The consumer of a streamed body has all it wants.
        case discard(Transfer)
    }

    /// What whoever has put a command has to do now.
    enum Reaction: Equatable {
        case nothing
        /// The loop sleeps: wake it.
        case wake
        /// There is no thread yet: start it.
        case start
        /// Not accepted: the loop is stopping.
        case refused
    }

    private enum Phase { case idle, running, stopping }

    private struct State {
        var phase = Phase.idle
        var isAsleep = false
        /// Known once it stops.
        var hasThread = false
        var commands: [Command] = []
    }

    private let state = Mutex(State())

    /// Adds a command. Beyond its transfers' number this list cannot grow: a transfer puts each kind once at a time.
    func put(_ command: Command) -> Reaction {
        state.withLock { state in
            switch state.phase {
            case .stopping: return .refused
            case .idle:
                state.commands.append(command)
                state.phase = .running
                return .start
            case .running:
                state.commands.append(command)
                guard state.isAsleep else { return .nothing }
                state.isAsleep = false
                return .wake
            }
        }
    }

    /// Ends the loop after what it does now; also says whether a thread was ever asked for.
    func stop() -> (Reaction, hasThread: Bool) {
        state.withLock { state in
            let wasRunning = state.phase == .running
            state.hasThread = state.hasThread || wasRunning
            state.phase = .stopping
            return (wasRunning ? .wake : .nothing, state.hasThread)
        }
    }

    /// For the loop: exchanges `batch`, which is emptied, for what has come. False when it is to end.
    func take(_ batch: inout [Command]) -> Bool {
        batch.removeAll(keepingCapacity: true)
        return state.withLock { state in
            state.isAsleep = false
            swap(&state.commands, &batch)
            return state.phase == .running
        }
    }

    /// For the loop: whether it may sleep; from then on it is woken for every command.
    func fallAsleep() -> Bool {
        state.withLock { state in
            guard state.commands.isEmpty, state.phase == .running else { return false }
            state.isAsleep = true
            return true
        }
    }
}
