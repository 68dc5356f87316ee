import CEpoll
import Glibc

/// What is awaited of a descriptor, or has happened on it.
package struct PollEvents: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There is something to read. Also reported at the end and after an error, which reading then tells.
    package static let readable = PollEvents(rawValue: 1)
    /// There is room to write.
    package static let writable = PollEvents(rawValue: 2)
    /// The other side has closed, or writes no more. Of a descriptor that is watched for nothing else, errors are too.
    package static let hangup = PollEvents(rawValue: 4)
}

/// The kernel's side of an event loop: an epoll instance, and an eventfd with which other threads wake it.
final class EventPoll: Sendable {
    private let poll: Int32
    private let wakeup: Int32
    /// What `epoll_wait` reports of the eventfd.
    private static let wakeupMark = UInt64.max

    /// Nil when the process has no descriptors left.
    init?() {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        // Edge-triggered: every write is an event, and nobody has to read the counter.
        let isWatched =
            poll >= 0 && wakeup >= 0
            && shim_epoll_control(
                poll, EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue | EPOLLET.rawValue, Self.wakeupMark) == 0
        guard isWatched else { return nil }
    }

    deinit {
        if poll >= 0 { close(poll) }
        if wakeup >= 0 { close(wakeup) }
    }

    /// Ends a `wait` that goes on, or the next one. From any thread.
    func wake() { eventfd_write(wakeup, 1) }

    /// Watches a descriptor; level-triggered.
    func add(_ descriptor: Int32, _ interest: PollEvents, mark: UInt64) {
        control(EPOLL_CTL_ADD, descriptor, interest, mark)
    }

    /// Changes for what a descriptor is watched.
    func modify(_ descriptor: Int32, _ interest: PollEvents, mark: UInt64) {
        control(EPOLL_CTL_MOD, descriptor, interest, mark)
    }

    /// Watches a descriptor no longer.
    func remove(_ descriptor: Int32) { _ = shim_epoll_control(poll, EPOLL_CTL_DEL, descriptor, 0, 0) }

    /// The most events that are taken at once: as many as still lie on the stack, so that a wait allocates nothing.
    private static let events = 80

    /// Waits for events, at most ``events`` of them.
    ///
    /// - Parameters:
    ///   - nanoseconds: How long at most, rounded up to milliseconds; nil for ever.
    ///   - woken: Called once when the wait is over, before the events.
    ///   - body: Called for each ready descriptor with its mark, but not for a wake-up.
    func wait(nanoseconds: UInt64?, woken: () -> Void, _ body: (UInt64, PollEvents) -> Void) {
        let milliseconds: Int32 =
            if let nanoseconds {
                Int32(min(nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1), UInt64(Int32.max)))
            } else {
                -1
            }
        // SAFETY: the kernel fills at most the entries that were allocated, and says how many.
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.events) { events in
            let count = unsafe epoll_wait(poll, events.baseAddress, Int32(Self.events), milliseconds)
            woken()
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let mark = unsafe events[index].data.u64
                let ready = unsafe events[index].events
                if mark == Self.wakeupMark { continue }
                var happened: PollEvents = []
                if ready & (EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 {
                    happened.insert(.readable)
                }
                if ready & EPOLLOUT.rawValue != 0 { happened.insert(.writable) }
                if ready & EPOLLRDHUP.rawValue != 0 { happened.insert(.hangup) }
                body(mark, happened)
            }
        }
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: PollEvents, _ mark: UInt64) {
        let events =
            (interest.contains(.readable) ? EPOLLIN.rawValue : 0)
            | (interest.contains(.writable) ? EPOLLOUT.rawValue : 0)
            | (interest.contains(.hangup) ? EPOLLRDHUP.rawValue : 0)
        _ = shim_epoll_control(poll, operation, descriptor, events, mark)
    }

    /// The monotonic clock, in nanoseconds.
    static func now() -> UInt64 {
        var time = timespec()
        // SAFETY: writes one timespec into a local variable.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
