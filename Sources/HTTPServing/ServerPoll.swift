import CMicroHTTPD
import Glibc

/// The kernel's side of the server's thread: libmicrohttpd's own epoll descriptor, the sockets of suspended
/// connections (which libmicrohttpd does not watch), and an eventfd with which tasks wake it.
final class ServerPoll: Sendable {
    /// What is ready.
    enum Event {
        case daemon
        /// The client of a suspended exchange has gone.
        case gone(UInt64)
        /// Something has come on a connection that is over, or its end.
        case lingering(Int32)
    }

    /// No exchange has these numbers.
    private static let wakeupKey = UInt64.max
    private static let daemonKey = UInt64.max - 1
    /// Set in the key of a connection that is over, beside its socket.
    private static let lingeringBit: UInt64 = 1 << 62

    private let poll: Int32
    private let wakeup: Int32

    /// Nil when the process has no descriptors left.
    init?() {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        let isWatched =
            poll >= 0 && wakeup >= 0
            && shim_epoll_ctl(poll, EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue | EPOLLET.rawValue, Self.wakeupKey) == 0
        guard isWatched else { return nil }
    }

    deinit {
        close(poll)
        close(wakeup)
    }

    /// Ends a `wait` that goes on, or the next one. From any thread.
    func wake() { eventfd_write(wakeup, 1) }

    func watch(daemon descriptor: Int32) {
        _ = shim_epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, EPOLLIN.rawValue, Self.daemonKey)
    }

    /// Reports once when the other side of a suspended exchange's socket closes.
    func watch(exchange id: UInt64, socket: Int32) {
        _ = shim_epoll_ctl(poll, EPOLL_CTL_ADD, socket, EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue, id)
    }

    func unwatch(socket: Int32) { _ = shim_epoll_ctl(poll, EPOLL_CTL_DEL, socket, 0, 0) }

    /// Reports what comes on a connection that is over; until it is closed.
    func watch(lingering socket: Int32) {
        let key = Self.lingeringBit | UInt64(UInt32(bitPattern: socket))
        _ = shim_epoll_ctl(poll, EPOLL_CTL_ADD, socket, EPOLLIN.rawValue | EPOLLRDHUP.rawValue, key)
    }

    /// Waits for events, at most 256 of them; milliseconds below 0: for ever.
    func wait(milliseconds: Int32, _ body: (Event) -> Void) {
        // SAFETY: the kernel fills at most the 256 entries that were allocated, and says how many.
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            let count = unsafe epoll_wait(poll, events.baseAddress, 256, milliseconds)
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let key = unsafe events[index].data.u64
                switch key {
                case Self.wakeupKey: break
                case Self.daemonKey: body(.daemon)
                case let key where key & Self.lingeringBit != 0:
                    body(.lingering(Int32(truncatingIfNeeded: key & ~Self.lingeringBit)))
                default: body(.gone(key))
                }
            }
        }
    }
}
