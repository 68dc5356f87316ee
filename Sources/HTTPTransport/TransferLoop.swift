internal import Concurrency

/// A client's transfers on an event loop, as all threads see them. On the loop's own thread everything is done at once;
/// from elsewhere it is handed over.
final class TransferLoop: Sendable {
    private enum Phase {
        case unused
        case running(CurlLoop)
        case ended
    }

    private let loop: EventLoop
    private let options: HTTPClientOptions
    private let phase: LoopBound<Phase>

    init(loop: EventLoop, options: HTTPClientOptions) {
        self.loop = loop
        self.options = options
        phase = LoopBound(.unused, on: loop)
    }

    /// Puts a transfer in; it is ended at once if that cannot be.
    func add(_ transfer: Transfer) {
        if let thread = loop.current { begin(transfer, on: thread) } else { perform { $0.begin(transfer, on: $1) } }
    }

    /// Closes a transfer, wherever it is.
    func cancel(_ transfer: Transfer) {
        guard transfer.cancel() == .tellLoop else { return }
        perform { transfers, thread in
            if let curl = transfers.running(thread) {
                curl.cancel(transfer)
            } else {
                transfer.end(.failure(HTTPError(.cancelled)))
            }
        }
    }

    /// Goes on with a streamed transfer that waited for its consumer.
    func resume(_ transfer: Transfer) { perform { $0.running($1)?.resume(transfer) } }

    /// Counts a streamed transfer's silence from now on.
    func contentBegan(_ transfer: Transfer) { perform { $0.running($1)?.contentBegan(transfer) } }

    /// Lets a streamed transfer come to its end by itself, if that is soon: nobody waits for the rest.
    func discard(_ transfer: Transfer) { perform { $0.running($1)?.discard(transfer) } }

    /// Ends every transfer with ``HTTPError/Code/shutDown``, also those that come later; returns when that is done.
    func shutDown() async {
        await loop.run { [self] in if let thread = loop.current { close(thread) } }
    }

    /// Ends the transfers without waiting for it: nobody has the client any more.
    func abandon() { perform { $0.close($1) } }

    private func perform(_ work: @escaping @Sendable (TransferLoop, LoopThread) -> Void) {
        if let thread = loop.current { return work(self, thread) }
        loop.execute { [loop] in
            guard let thread = loop.current else { return }
            work(self, thread)
        }
    }

    // MARK: on the loop

    private func running(_ thread: LoopThread) -> CurlLoop? {
        if case .running(let curl) = phase[thread] { curl } else { nil }
    }

    private func begin(_ transfer: Transfer, on thread: LoopThread) {
        switch phase[thread] {
        case .running(let curl): curl.add(transfer)
        case .ended: transfer.end(.failure(HTTPError(.shutDown)))
        case .unused:
            guard let curl = CurlLoop(thread: thread, options: options) else {
                return transfer.end(.failure(HTTPError(.cannotConnect, detail: "out of memory")))
            }
            phase[thread] = .running(curl)
            curl.add(transfer)
        }
    }

    private func close(_ thread: LoopThread) {
        let curl = running(thread)
        phase[thread] = .ended
        curl?.close()
    }
}
