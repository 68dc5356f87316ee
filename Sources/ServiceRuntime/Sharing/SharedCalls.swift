import Concurrency
import Synchronization

/// Asks once what several want to know at the same time, and keeps the answer for a while.
///
/// A call belongs to all who wait for it, whoever came first: it is cancelled only when the last of them has gone.
package final class SharedCalls<Key: Hashable & Sendable, Value: Sendable, Failure: Error>: Sendable {
    /// What comes of a call.
    package typealias Outcome = Result<Value, Failure>
    private typealias Slot = WaitSlot<Outcome>

    /// A call that somebody waits for.
    private struct Call {
        /// Who started it: tells it from another call of the same key.
        let starter: Slot
        var waiters: [Slot]
        var task: Task<Void, Never>?
    }

    private enum Entry {
        case stored(Value)
        case joined
        case started
    }

    private struct State {
        var calls: [Key: Call] = [:]
        var cache: SizedCache<Key, Value>
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
        state = Mutex(State(cache: SizedCache(ttl: ttl, maxEntries: maxEntries, maxBytes: maxBytes)))
        self.time = time
        self.cancelled = cancelled
        self.size = size
    }

    /// The values kept and their bytes, the calls that run, and those who wait for them.
    package var load: (stored: Int, bytes: Int, running: Int, waiting: Int) {
        state.withLock { state in
            let waiting = state.calls.values.reduce(0) { $0 + $1.waiters.count }
            return (state.cache.count, state.cache.bytes, state.calls.count, waiting)
        }
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
        let slot = Slot()
        let entry = enter(key, slot)
        switch entry {
        case .stored(let value): return (.success(value), true)
        case .joined: return (await wait(slot, key), true)
        case .started:
            start(slot, key, make)
            return (await wait(slot, key), false)
        }
    }

    private func enter(_ key: Key, _ slot: Slot) -> Entry {
        let now = time.now
        return state.withLock { state in
            if let value = state.cache.value(key, now: now) { return .stored(value) }
            if state.calls[key] == nil {
                state.calls[key] = Call(starter: slot, waiters: [slot])
                return .started
            }
            state.calls[key]?.waiters.append(slot)
            return .joined
        }
    }

    private func start(_ slot: Slot, _ key: Key, _ make: @escaping @Sendable () async -> Outcome) {
        let task = Task { finish(slot, key, await make()) }
        // It may be over by now. It is not unwanted: whoever started it goes nowhere before `wait`.
        state.withLock { state in
            if state.calls[key]?.starter === slot { state.calls[key]?.task = task }
        }
    }

    private func finish(_ starter: Slot, _ key: Key, _ outcome: Outcome) {
        let found = (try? outcome.get()).map { ($0, size(key, $0)) }
        let now = time.now
        let waiters = state.withLock { state -> [Slot] in
            guard let call = state.calls[key], call.starter === starter else { return [] }
            state.calls.removeValue(forKey: key)
            if let (value, bytes) = found { state.cache.store(value, for: key, bytes: bytes, now: now) }
            return call.waiters
        }
        for waiter in waiters { waiter.resume(outcome) }
    }

    private func wait(_ slot: Slot, _ key: Key) async -> Outcome {
        if let outcome = await slot.wait() { return outcome }
        leave(slot, key)
        return .failure(cancelled)
    }

    /// Somebody waits no longer. After the last one has gone, whoever asks next starts another call.
    private func leave(_ slot: Slot, _ key: Key) {
        let task = state.withLock { state -> Task<Void, Never>? in
            guard let index = state.calls[key]?.waiters.firstIndex(where: { $0 === slot }) else { return nil }
            state.calls[key]?.waiters.remove(at: index)
            return state.calls[key]?.waiters.isEmpty == true ? state.calls.removeValue(forKey: key)?.task : nil
        }
        task?.cancel()
    }
}
