/// When one transfer has taken too long: the timeouts that are kept here and not by libcurl (which keeps `connect`).
///
/// Times are nanoseconds of the monotonic clock.
struct TransferTimer: Equatable {
    /// "Never".
    static let never = UInt64.max

    private enum Phase: Equatable {
        case waiting
        case flowing(since: UInt64)
        /// Held up by our own consumer: the other side is not to blame.
        case paused
    }

    private let firstByteAt: UInt64
    private let totalAt: UInt64
    private let idle: UInt64
    private var phase = Phase.waiting

    init(_ timeouts: HTTPTimeouts, start: UInt64) {
        firstByteAt = Self.add(start, timeouts.firstByte)
        totalAt = Self.add(start, timeouts.total)
        idle = timeouts.idle?.clampedNanoseconds ?? Self.never
    }

    /// The next moment at which something has expired unless bytes come.
    var deadline: UInt64 { min(totalAt, phaseDeadline) }

    /// Which timeout is over at `now`, if any. The total comes first.
    func expired(at now: UInt64) -> HTTPError.Code? {
        if now >= totalAt { return .totalTimeout }
        guard now >= phaseDeadline else { return nil }
        return phase == .waiting ? .firstByteTimeout : .idleTimeout
    }

    /// Bytes of the body came.
    mutating func received(at now: UInt64) { phase = .flowing(since: now) }

    /// The consumer does not keep up.
    mutating func pause() { phase = .paused }

    /// The consumer wants more.
    mutating func resume(at now: UInt64) {
        if phase == .paused { phase = .flowing(since: now) }
    }

    private var phaseDeadline: UInt64 {
        switch phase {
        case .waiting: firstByteAt
        case .flowing(let since): Self.add(since, idle)
        case .paused: Self.never
        }
    }

    private static func add(_ start: UInt64, _ duration: Duration?) -> UInt64 {
        guard let duration else { return never }
        return add(start, duration.clampedNanoseconds)
    }

    private static func add(_ start: UInt64, _ nanoseconds: UInt64) -> UInt64 {
        let (sum, overflow) = start.addingReportingOverflow(nanoseconds)
        return overflow ? never : sum
    }
}

extension Duration {
    /// In nanoseconds, from 0 to the largest there is.
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return .max }
        let (sum, over) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return over ? .max : sum
    }

    /// In milliseconds, rounded up, from 1 to what a C `int` holds.
    var clampedMilliseconds: Int {
        let nanoseconds = clampedNanoseconds
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
        return Int(min(max(milliseconds, 1), UInt64(Int32.max)))
    }
}
