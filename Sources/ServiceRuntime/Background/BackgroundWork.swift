import Concurrency
import Synchronization

/// Work that nobody waits for: a few at a time, a bounded number behind them, and an end to all of it.
package final class BackgroundWork: Sendable {
    private typealias Body = @Sendable () async -> Void

    private struct State {
        /// What runs or waits, by what it is about.
        var names: Set<String> = []
        var waiting = FIFO<(name: String, body: Body)>()
        var running: [String: Task<Void, Never>] = [:]
        var started = 0
        var isClosed = false
    }

    private let maxRunning: Int
    private let maxWaiting: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - running: the most that runs at a time.
    ///   - waiting: the most that waits behind it.
    package init(running: Int, waiting: Int) {
        maxRunning = running
        maxWaiting = waiting
    }

    /// What runs and what waits.
    package var count: Int { state.withLock { $0.names.count } }

    /// Has `body` run soon. Does nothing where something of that name runs or waits already, where too much waits, and
    /// after ``close()``.
    ///
    /// - Returns: whether it will run.
    @discardableResult
    package func start(_ name: String, _ body: @escaping @Sendable () async -> Void) -> Bool {
        state.withLock { state in
            guard !state.isClosed, !state.names.contains(name) else { return false }
            guard state.started < maxRunning || state.waiting.count < maxWaiting else { return false }
            state.names.insert(name)
            state.waiting.append((name, body))
            startNext(&state)
            return true
        }
    }

    /// Starts nothing more, and cancels what runs.
    package func close() {
        let tasks = state.withLock { state in
            state.isClosed = true
            while let (name, _) = state.waiting.popFirst() { state.names.remove(name) }
            return Array(state.running.values)
        }
        for task in tasks { task.cancel() }
    }

    /// Waits until nothing runs any more.
    package func finish() async {
        while let task = state.withLock({ $0.running.values.first }) { await task.value }
    }

    private func startNext(_ state: inout State) {
        guard state.started < maxRunning, let (name, body) = state.waiting.popFirst() else { return }
        state.started += 1
        // It cannot end before it is noted: its end needs the lock that is held here.
        state.running[name] = Task {
            await body()
            self.state.withLock { state in
                state.running.removeValue(forKey: name)
                state.names.remove(name)
                state.started -= 1
                self.startNext(&state)
            }
        }
    }
}
