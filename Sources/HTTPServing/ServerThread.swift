import CMicroHTTPD
import Glibc
import Synchronization

/// A server's thread, and who waits for its end.
final class ServerThread: Sendable {
    private enum Phase {
        case running(pthread_t)
        /// To be joined.
        case ended(pthread_t)
        case joined
    }

    private struct State {
        var phase = Phase.joined
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let listener: Int32
    private let poll: ServerPoll
    private let inbox: ServerInbox
    private let accepted: AcceptedRequests
    private let count: ConnectionCount
    private let options: HTTPServerOptions
    private let state = Mutex(State())

    init(
        listener: Int32, poll: ServerPoll, inbox: ServerInbox, accepted: AcceptedRequests, count: ConnectionCount,
        options: HTTPServerOptions
    ) {
        self.listener = listener
        self.poll = poll
        self.inbox = inbox
        self.accepted = accepted
        self.count = count
        self.options = options
    }

    /// False: there is no thread to be had.
    func start() -> Bool {
        state.withLock { state in
            // SAFETY: the thread takes over the reference that is retained for it here, and only if it was created.
            let context = unsafe Unmanaged.passRetained(self)
            var thread = pthread_t()
            guard unsafe pthread_create(&thread, nil, serverMain, context.toOpaque()) == 0 else {
                unsafe context.release()
                return false
            }
            state.phase = .running(thread)
            return true
        }
    }

    /// Returns when the thread has ended.
    func ended() async {
        await withCheckedContinuation { waiter in
            let isOver = state.withLock { state in
                guard case .running = state.phase else { return true }
                state.waiters.append(waiter)
                return false
            }
            if isOver { waiter.resume() }
        }
        let thread: pthread_t? = state.withLock { state in
            guard case .ended(let thread) = state.phase else { return nil }
            state.phase = .joined
            return thread
        }
        // Waits for no more than the thread's last instructions.
        if let thread { pthread_join(thread, nil) }
    }

    /// Nobody will wait for it.
    func detach() {
        let thread: pthread_t? = state.withLock { state in
            defer { state.phase = .joined }
            switch state.phase {
            case .running(let thread), .ended(let thread): return thread
            case .joined: return nil
            }
        }
        if let thread { pthread_detach(thread) }
    }

    /// The thread's whole work.
    fileprivate func run() {
        let loop = DaemonLoop(poll: poll, inbox: inbox, accepted: accepted, count: count, options: options)
        if loop.start(listener: listener) {
            loop.run()
        } else {
            close(listener)
            inbox.close()
            accepted.finish()
        }
        let waiters = state.withLock { state in
            if case .running(let thread) = state.phase { state.phase = .ended(thread) }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

private func serverMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // Signals are for the threads that expect them. SAFETY: both calls use a local set; the name is a constant.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    unsafe shim_name_thread("http-serving")
    // SAFETY: `start` retained the object for this thread.
    if let context = unsafe context { unsafe Unmanaged<ServerThread>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
