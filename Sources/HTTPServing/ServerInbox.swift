import Synchronization

/// What tasks have for the server's thread. Bounded by the exchanges: each has one message at a time.
final class ServerInbox: Sendable {
    /// One thing to do.
    enum Command {
        /// An exchange's handler has something to send.
        case resume(UInt64)
        /// No new requests; end when those in work are answered.
        case drain
        /// End at once.
        case stop
    }

    private struct State {
        var isAsleep = false
        var isOver = false
        var commands: [Command] = []
    }

    private let poll: ServerPoll
    private let state = Mutex(State())

    init(poll: ServerPoll) { self.poll = poll }

    /// Adds a command; nothing happens after the end.
    func put(_ command: Command) {
        let wakes = state.withLock { state in
            guard !state.isOver else { return false }
            state.commands.append(command)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wakes { poll.wake() }
    }

    /// For the thread: exchanges `batch`, which is emptied, for what has come.
    func take(_ batch: inout [Command]) {
        batch.removeAll(keepingCapacity: true)
        state.withLock { state in
            state.isAsleep = false
            swap(&state.commands, &batch)
        }
    }

    /// For the thread: whether it may sleep; from then on it is woken for every command.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.commands.isEmpty
            return state.isAsleep
        }
    }

    /// For the thread: it has ended.
    func close() {
        state.withLock { state in
            state.isOver = true
            state.commands = []
        }
    }
}
