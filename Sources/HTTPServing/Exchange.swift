import Concurrency
import FoundationEssentials
import Synchronization

/// An ``ExchangeState`` that a handler's tasks and the server's thread share.
final class Exchange: Sendable {
    /// How many bytes of a streamed body may wait for the client.
    static let bodyBuffer = 64 << 10

    /// The thread's number for it.
    let id: UInt64
    private let daemon: ServerDaemon
    private let state = Mutex(ExchangeState(limit: Exchange.bodyBuffer))

    init(id: UInt64, daemon: ServerDaemon) {
        self.id = id
        self.daemon = daemon
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
            case .full(let slot): _ = await slot.wait()
            }
        }
        throw HTTPServingError(.clientGone, detail: "cancelled")
    }

    /// See ``HTTPServerRequest/closed()``.
    func closed() async { _ = await state.withLock { $0.watch() }?.wait() }

    private func tellThread() { daemon.perform { [id] in $0.resume(id) } }

    // MARK: From the thread

    func next() -> ExchangeState.Answer { state.withLock { $0.next() } }

    func read(atMost count: Int) -> ExchangeState.Output { state.withLock { $0.read(atMost: count) } }

    func close() {
        for waiter in state.withLock({ $0.close() }) { waiter.resume() }
    }
}
