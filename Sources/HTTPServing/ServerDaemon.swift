import Concurrency
import Glibc
import Synchronization

/// A server's daemon, as tasks see it. Its work is done by a ``DaemonLoop`` on an event loop that all servers share.
final class ServerDaemon: Sendable {
    private static let loop = EventLoop(name: "http-serving")

    /// The requests that were received whole and that nobody has taken yet. Bounded by the server's connections, each of
    /// which has at most one.
    let accepted = AsyncStream.makeStream(of: HTTPServerRequest.self)
    /// How many connections there are.
    let connections = Atomic(0)
    /// Opened when the last connection is closed.
    let ended = Latch()
    private let daemon = LoopBound<DaemonLoop?>(nil, on: ServerDaemon.loop)

    /// Starts the daemon on a listening socket, which becomes its own.
    init(listener: Int32, options: HTTPServerOptions) {
        Self.loop.execute { [self] in
            guard let thread = Self.loop.current else { return }
            let daemon = DaemonLoop(thread, self, options)
            if daemon.start(listener: listener) { return self.daemon[thread] = daemon }
            close(listener)
            finished(thread)
        }
    }

    /// Does something on the loop; nothing after the end.
    func perform(_ work: @escaping @Sendable (DaemonLoop) -> Void) {
        Self.loop.execute { [self] in
            if let thread = Self.loop.current, let daemon = daemon[thread] { work(daemon) }
        }
    }

    /// From the loop: there is no daemon any more.
    func finished(_ thread: LoopThread) {
        daemon[thread] = nil
        accepted.continuation.finish()
        ended.open()
    }
}
