import Synchronization

/// The requests that were received whole and that `run()` has not taken yet. Bounded by the server's connections, each
/// of which has at most one.
final class AcceptedRequests: Sendable {
    private typealias Waiter = CheckedContinuation<HTTPServerRequest?, Never>

    private struct State {
        var waiting: [HTTPServerRequest] = []
        var hasEnded = false
        var waiter: Waiter?
    }

    private let state = Mutex(State())

    /// From the thread.
    func put(_ request: HTTPServerRequest) {
        let waiter: Waiter? = state.withLock { state in
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.waiting.append(request)
            return nil
        }
        waiter?.resume(returning: request)
    }

    /// From the thread: there will be no more.
    func finish() {
        let waiter = state.withLock { state in
            state.hasEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Those that are there, or the next one; empty at the end. Ends with the server, so it needs no cancelling.
    func next() async -> [HTTPServerRequest] {
        if let batch = take() { return batch }
        let request = await withCheckedContinuation { waiter in
            let isReady = state.withLock { state in
                precondition(state.waiter == nil, "HTTPServer.run() is called once")
                if state.hasEnded || !state.waiting.isEmpty { return true }
                state.waiter = waiter
                return false
            }
            if isReady { waiter.resume(returning: nil) }
        }
        if let request { return [request] }
        return take() ?? []
    }

    private func take() -> [HTTPServerRequest]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
