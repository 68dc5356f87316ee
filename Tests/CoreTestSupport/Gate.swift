import Synchronization

/// A door that a task stops at until a test opens it.
package final class Gate: Sendable {
    private struct State {
        var isReached = false
        var isOpen = false
        var inside: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// A closed one.
    package init() {}

    /// Waits until the gate is open.
    package func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state in
                defer { state.watchers = [] }
                state.isReached = true
                if !state.isOpen { state.inside.append(continuation) }
                return (state.isOpen, state.watchers)
            }
            if isOpen { continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Waits until somebody stands at the gate.
    package func reached() async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if !state.isReached { state.watchers.append(continuation) }
                return state.isReached
            }
            if isReached { continuation.resume() }
        }
    }

    /// Lets everybody through.
    package func open() {
        let inside = state.withLock { state in
            defer { state.inside = [] }
            state.isOpen = true
            return state.inside
        }
        for continuation in inside { continuation.resume() }
    }
}
