import CCurl
import Glibc
import Synchronization

/// The loop as other threads see it: transfers are put in; its one thread is started with the first.
final class TransferLoop: Sendable {
    private enum Thread {
        case none
        case running(pthread_t)
        /// Its work is done; it is to be joined.
        case ended(pthread_t)
        case joined
    }

    private struct State {
        var thread = Thread.none
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let inbox = LoopInbox()
    private let poll = EventPoll()
    private let options: HTTPClientOptions
    private let state = Mutex(State())

    init(options: HTTPClientOptions) { self.options = options }

    /// Puts a transfer in; it is ended here and now if that cannot be.
    func add(_ transfer: Transfer) {
        if !put(.add(transfer)) { transfer.end(.failure(HTTPError(.shutDown))) }
    }

    /// Closes a transfer, wherever it is.
    func cancel(_ transfer: Transfer) {
        if transfer.cancel() == .tellLoop { _ = put(.cancel(transfer)) }
    }

    /// Goes on with a streamed transfer that waited for its consumer.
    func resume(_ transfer: Transfer) { _ = put(.resume(transfer)) }

    /// Counts a streamed transfer's silence from now on.
    func contentBegan(_ transfer: Transfer) { _ = put(.contentBegan(transfer)) }

    /// Lets a streamed transfer come to its end by itself, if that is soon: nobody waits for the rest.
    func discard(_ transfer: Transfer) { _ = put(.discard(transfer)) }

    /// Ends every transfer with ``HTTPError/Code/shutDown``; returns when the thread has gone.
    func shutDown() async {
        let (reaction, hasThread) = inbox.stop()
        if reaction == .wake { poll?.wake() }
        guard hasThread else { return }
        await withCheckedContinuation { waiter in
            let isOver = state.withLock { state in
                if !state.hasEnded { state.waiters.append(waiter) }
                return state.hasEnded
            }
            if isOver { waiter.resume() }
        }
        let thread: pthread_t? = state.withLock { state in
            guard case .ended(let thread) = state.thread else { return nil }
            state.thread = .joined
            return thread
        }
        // Waits for no more than the thread's last instructions.
        if let thread { pthread_join(thread, nil) }
    }

    /// Ends the loop without waiting for it: nobody has the client any more.
    func abandon() {
        if inbox.stop().0 == .wake { poll?.wake() }
        let thread: pthread_t? = state.withLock { state in
            defer { state.thread = .joined }
            switch state.thread {
            case .running(let thread), .ended(let thread): return thread
            case .none, .joined: return nil
            }
        }
        if let thread { pthread_detach(thread) }
    }

    private func put(_ command: LoopInbox.Command) -> Bool {
        switch inbox.put(command) {
        case .nothing: return true
        case .wake:
            poll?.wake()
            return true
        case .start:
            start()
            return true
        case .refused: return false
        }
    }

    private func start() {
        state.withLock { state in
            // SAFETY: the thread takes over the reference that is retained for it here, and only if it was created.
            let context = unsafe Unmanaged.passRetained(self)
            var thread = pthread_t()
            if unsafe pthread_create(&thread, nil, transferLoopMain, context.toOpaque()) == 0 {
                state.thread = .running(thread)
            } else {
                unsafe context.release()
                state.hasEnded = true
            }
        }
        if state.withLock({ $0.hasEnded }) { refuseAll() }
    }

    /// The thread's whole work.
    fileprivate func run() {
        if let poll, let loop = CurlLoop(inbox: inbox, poll: poll, options: options) { loop.run() } else { refuseAll() }
        let waiters = state.withLock { state in
            state.hasEnded = true
            if case .running(let thread) = state.thread { state.thread = .ended(thread) }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// There are no descriptors, threads or memory for a loop.
    private func refuseAll() {
        _ = inbox.stop()
        var commands: [LoopInbox.Command] = []
        _ = inbox.take(&commands)
        for case .add(let transfer) in commands {
            transfer.end(.failure(HTTPError(.cannotConnect, detail: "no descriptors or threads are left")))
        }
    }
}

private func transferLoopMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // Signals are for the threads that expect them. SAFETY: both calls use a local set; the name is a constant.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    unsafe shim_name_thread("http-transport")
    // SAFETY: `start` retained the loop for this thread.
    if let context = unsafe context { unsafe Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
