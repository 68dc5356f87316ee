import Concurrency
import Glibc

/// A moment of the calendar, to the millisecond: what is written down, and means the same to other processes and later.
///
/// (How long something takes is measured with ``TimeSource/now``, which never goes back.)
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Since the beginning of 1970 in UTC.
    public var milliseconds: Int64

    /// A moment.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// By this machine's clock.
    public static func current() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Which one is earlier.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// So much later.
    public static func + (moment: Timestamp, time: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + Int64(time.milliseconds))
    }

    /// How much later `left` is.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }
}
