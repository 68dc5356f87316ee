import Synchronization

/// Asks once what several want to know at the same time, and keeps the answer for a while.
///
/// A call belongs to all who wait for it, whoever came first: it is cancelled only when the last of them has gone.
package final class SharedCalls<Key: Hashable & Sendable, Value: Sendable, Failure: Error>: Sendable {
    /// What comes of a call.
    package typealias Outcome = Result<Value, Failure>
    private typealias Place = SharedCallTable<Key, Value>.Place

    private struct State {
        var table: SharedCallTable<Key, Value>
        var waiters = WaiterTable<Outcome>()
        /// The calls that somebody waits for.
        var tasks: [UInt64: Task<Void, Never>] = [:]
    }

    private let state: Mutex<State>
    private let time: any TimeSource
    private let cancelled: Failure
    private let size: @Sendable (Key, Value) -> Int

    /// - Parameters:
    ///   - ttl: how long a value is kept; zero keeps none, and only calls that run are shared.
    ///   - maxEntries: the most values kept.
    ///   - maxBytes: the most bytes they may have together.
    ///   - time: whose time counts.
    ///   - cancelled: what somebody is told whose task was cancelled.
    ///   - size: the bytes that a value takes, its key included.
    package init(
        ttl: Duration, maxEntries: Int, maxBytes: Int, time: any TimeSource, cancelled: Failure,
        size: @escaping @Sendable (Key, Value) -> Int
    ) {
        let cache = SizedCache<Key, Value>(ttl: ttl, maxEntries: maxEntries, maxBytes: maxBytes)
        state = Mutex(State(table: SharedCallTable(cache: cache)))
        self.time = time
        self.cancelled = cancelled
        self.size = size
    }

    /// The values kept and their bytes, the calls that run, and those who wait for them.
    package var load: (stored: Int, bytes: Int, running: Int, waiting: Int) {
        state.withLock { ($0.table.cache.count, $0.table.cache.bytes, $0.tasks.count, $0.waiters.count) }
    }

    /// The value of `key`: one that was kept, or what the call finds out that runs for it already, or `make`.
    ///
    /// - Parameter make: runs in a task of its own, on behalf of all who come to wait for it, and should end soon once
    ///   that is cancelled. A failure is told to all of them, and not kept.
    /// - Returns: what came of it, and whether this was another's call.
    package func value(
        for key: Key, make: @escaping @Sendable () async -> Outcome
    ) async -> (Outcome, isShared: Bool) {
        guard !Task.isCancelled else { return (.failure(cancelled), false) }
        switch enter(key) {
        case .stored(let value): return (.success(value), true)
        case .joined(let place): return (await wait(place), true)
        case .started(let place):
            start(place.call, key, make)
            return (await wait(place), false)
        }
    }

    private func enter(_ key: Key) -> SharedCallTable<Key, Value>.Entry {
        let now = time.now
        return state.withLock { state in
            let entry = state.table.enter(key, now: now)
            switch entry {
            case .stored: break
            case .joined(let place), .started(let place): state.waiters.add(place.waiter)
            }
            return entry
        }
    }

    private func start(_ call: UInt64, _ key: Key, _ make: @escaping @Sendable () async -> Outcome) {
        let task = Task { finish(call, key, await make()) }
        // It may be over by now. It is not unwanted: whoever started it goes nowhere before `wait`.
        state.withLock { state in
            if state.table.isWanted(call) { state.tasks[call] = task }
        }
    }

    private func finish(_ call: UInt64, _ key: Key, _ outcome: Outcome) {
        let found = (try? outcome.get()).map { ($0, size(key, $0)) }
        let now = time.now
        let woken = state.withLock { state in
            state.tasks.removeValue(forKey: call)
            return state.table.finish(call, found: found, now: now).compactMap { state.waiters.end($0, outcome) }
        }
        for continuation in woken { continuation.resume(returning: outcome) }
    }

    private func wait(_ place: Place) async -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { $0.waiters.wait(place.waiter, continuation) }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            cancel(place)
        }
    }

    private func cancel(_ place: Place) {
        let (task, continuation) = state.withLock { state in
            let continuation = state.waiters.end(place.waiter, .failure(cancelled))
            let isLast = state.table.leave(place)
            return (isLast ? state.tasks.removeValue(forKey: place.call) : nil, continuation)
        }
        task?.cancel()
        continuation?.resume(returning: .failure(cancelled))
    }
}
