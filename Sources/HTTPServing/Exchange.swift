import FoundationEssentials
import Synchronization

/// An ``ExchangeState`` that a handler's tasks and the server's thread share.
final class Exchange: Sendable {
    /// How many bytes of a streamed body may wait for the client.
    static let bodyBuffer = 64 << 10

    /// The thread's number for it.
    let id: UInt64
    private let inbox: ServerInbox
    private let state = Mutex(ExchangeState<CheckedContinuation<Void, Never>>(limit: Exchange.bodyBuffer))

    init(id: UInt64, inbox: ServerInbox) {
        self.id = id
        self.inbox = inbox
    }

    // MARK: From tasks

    /// Sends an answer and, if its body is streamed, writes it. In a cancelled task it closes the connection instead.
    func respond(_ response: HTTPServerResponse) async {
        if Task.isCancelled {
            close()
            return tellThread()
        }
        if state.withLock({ $0.respond(response) }) { tellThread() }
        guard case .stream(let write) = response.body else { return }
        var isBroken = false
        do { try await write(HTTPResponseWriter(exchange: self)) } catch { isBroken = true }
        if state.withLock({ $0.finish(broken: isBroken) }) { tellThread() }
    }

    /// See ``HTTPResponseWriter/write(_:)``.
    func write(_ bytes: Data) async throws(HTTPServingError) {
        if bytes.isEmpty { return }
        while !Task.isCancelled {
            switch state.withLock({ $0.write(bytes) }) {
            case .taken(let isWaitedFor):
                if isWaitedFor { tellThread() }
                return
            case .gone: throw HTTPServingError(.clientGone)
            case .full: await room()
            }
        }
        throw HTTPServingError(.clientGone, detail: "cancelled")
    }

    /// See ``HTTPServerRequest/closed()``.
    func closed() async {
        let number = state.withLock { $0.newWatcher() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                // A cancel that came first found nobody to resume; one that comes now does.
                let waits = state.withLock { $0.watch(number, waiter) }
                if !waits || Task.isCancelled { state.withLock { waits ? $0.unwatch(number) : waiter }?.resume() }
            }
        } onCancel: {
            state.withLock { $0.unwatch(number) }?.resume()
        }
    }

    private func room() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let waits = state.withLock { $0.waitForRoom(waiter) }
                if !waits || Task.isCancelled { state.withLock { waits ? $0.stopWaitingForRoom() : waiter }?.resume() }
            }
        } onCancel: {
            state.withLock { $0.stopWaitingForRoom() }?.resume()
        }
    }

    private func tellThread() { inbox.put(.resume(id)) }

    // MARK: From the thread

    func next() -> ExchangeState<CheckedContinuation<Void, Never>>.Answer { state.withLock { $0.next() } }

    func read(atMost count: Int) -> ExchangeState<CheckedContinuation<Void, Never>>.Output {
        state.withLock { $0.read(atMost: count) }
    }

    func close() {
        for waiter in state.withLock({ $0.close() }) { waiter.resume() }
    }
}
