import CCurl
import Glibc

/// The kernel's side of the loop: an epoll instance, and an eventfd with which other threads wake it.
final class EventPoll: Sendable {
    /// One ready descriptor.
    struct Event {
        var descriptor: Int32
        /// Also at the end and after an error, which reading then tells.
        var isReadable: Bool
        var isWritable: Bool
    }

    private let poll: Int32
    private let wakeup: Int32

    /// Nil when the process has no descriptors left.
    init?() {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        // Edge-triggered: every write is an event, and nobody has to read the counter.
        let isWatched =
            poll >= 0 && wakeup >= 0
            && shim_epoll_ctl(poll, EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue | EPOLLET.rawValue) == 0
        guard isWatched else { return nil }
    }

    deinit {
        close(poll)
        close(wakeup)
    }

    /// Ends a `wait` that goes on, or the next one. From any thread.
    func wake() { eventfd_write(wakeup, 1) }

    /// Watches a descriptor, or changes for what; level-triggered.
    func watch(_ descriptor: Int32, readable: Bool, writable: Bool, isKnown: Bool) {
        let events = (readable ? EPOLLIN.rawValue : 0) | (writable ? EPOLLOUT.rawValue : 0)
        let first = isKnown ? EPOLL_CTL_MOD : EPOLL_CTL_ADD
        guard shim_epoll_ctl(poll, first, descriptor, events) != 0 else { return }
        _ = shim_epoll_ctl(poll, isKnown ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, events)
    }

    func unwatch(_ descriptor: Int32) { _ = shim_epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, 0) }

    /// Waits for events, at most 256 of them.
    ///
    /// - Parameters:
    ///   - nanoseconds: How long at most; nil for ever.
    ///   - body: Called for each ready descriptor, but not for a wake-up.
    func wait(nanoseconds: UInt64?, _ body: (Event) -> Void) {
        let milliseconds: Int32 =
            if let nanoseconds {
                Int32(min(nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1), UInt64(Int32.max)))
            } else {
                -1
            }
        // SAFETY: the kernel fills at most the 256 entries that were allocated, and says how many.
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            let count = unsafe epoll_wait(poll, events.baseAddress, 256, milliseconds)
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let descriptor = unsafe events[index].data.fd
                let ready = unsafe events[index].events
                if descriptor == wakeup { continue }
                body(
                    Event(
                        descriptor: descriptor,
                        isReadable: ready & (EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0,
                        isWritable: ready & EPOLLOUT.rawValue != 0))
            }
        }
    }

    /// The monotonic clock, in nanoseconds.
    static func now() -> UInt64 {
        var time = timespec()
        // SAFETY: writes one timespec into a local variable.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
