import Concurrency

/// When one transfer has taken too long: the timeouts that are kept here and not by libcurl (which keeps `connect`).
///
/// Times are nanoseconds of the monotonic clock.
struct TransferTimer: Equatable {
    /// "Never".
    static let never = UInt64.max

    private enum Phase: Equatable {
        case waiting
        /// Bytes came, the last at that time; whether they were content is the consumer's to say. `looks`: it is asked when
        /// `idle` could be over, otherwise it tells.
        case preparing(since: UInt64, looks: Bool)
        case flowing(since: UInt64)
        /// Held up by our own consumer: the other side is not to blame.
        case paused(since: UInt64, hasContent: Bool)
    }

    private var firstByteAt: UInt64
    private var totalAt: UInt64
    private let idle: UInt64
    private let firstByteIsContent: Bool
    private var phase = Phase.waiting

    init(_ timeouts: HTTPTimeouts, start: UInt64, firstByteIsContent: Bool = true) {
        firstByteAt = Self.add(start, Self.nanoseconds(timeouts.firstByte))
        totalAt = Self.add(start, Self.nanoseconds(timeouts.total))
        idle = Self.nanoseconds(timeouts.idle)
        self.firstByteIsContent = firstByteIsContent
    }

    /// The next moment at which something has expired unless bytes come, or at which it is to be asked whether content has
    /// begun.
    var deadline: UInt64 { min(totalAt, phaseDeadline) }

    /// Which timeout is over at `now`, if any. The total comes first.
    ///
    /// - Parameter looksForContent: Whether content has begun; asked only where that matters. After a "no" it is to be
    ///   told by ``contentBegan()``.
    mutating func expired(at now: UInt64, looksForContent: () -> Bool = { false }) -> HTTPError.Code? {
        if now >= totalAt { return .totalTimeout }
        guard now >= phaseDeadline else { return nil }
        if case .preparing(let last, _) = phase {
            phase = looksForContent() ? .flowing(since: last) : .preparing(since: last, looks: false)
            guard now >= phaseDeadline else { return nil }
        }
        if case .flowing = phase { return .idleTimeout }
        return .firstByteTimeout
    }

    /// Bytes of the body came.
    mutating func received(at now: UInt64) {
        switch phase {
        case .waiting where !firstByteIsContent: phase = .preparing(since: now, looks: true)
        case .preparing(_, let looks): phase = .preparing(since: now, looks: looks)
        case .paused(_, hasContent: false): resume(at: now)
        case .waiting, .flowing, .paused: phase = .flowing(since: now)
        }
    }

    /// The consumer says that content has begun.
    mutating func contentBegan() {
        switch phase {
        case .preparing(let last, _): phase = .flowing(since: last)
        case .paused(let start, _): phase = .paused(since: start, hasContent: true)
        case .waiting, .flowing: break
        }
    }

    /// It is to be over so soon, whatever it was given at first.
    mutating func end(by instant: UInt64) { totalAt = min(totalAt, instant) }

    /// The consumer does not keep up.
    mutating func pause(at now: UInt64) {
        switch phase {
        case .waiting: phase = .paused(since: now, hasContent: firstByteIsContent)
        case .preparing: phase = .paused(since: now, hasContent: false)
        case .flowing: phase = .paused(since: now, hasContent: true)
        case .paused: break
        }
    }

    /// The consumer wants more.
    mutating func resume(at now: UInt64) {
        guard case .paused(let start, let hasContent) = phase else { return }
        if hasContent {
            phase = .flowing(since: now)
        } else {
            // The time for content stood still: the consumer could not see any.
            firstByteAt = Self.add(firstByteAt, now - min(start, now))
            phase = .preparing(since: now, looks: true)
        }
    }

    private var phaseDeadline: UInt64 {
        switch phase {
        case .waiting: firstByteAt
        case .preparing(let last, let looks): looks ? min(firstByteAt, Self.add(last, idle)) : firstByteAt
        case .flowing(let last): Self.add(last, idle)
        case .paused: Self.never
        }
    }

    private static func nanoseconds(_ duration: Duration?) -> UInt64 {
        guard let nanoseconds = duration?.nanoseconds, nanoseconds < .max else { return never }
        return UInt64(max(0, nanoseconds))
    }

    private static func add(_ start: UInt64, _ nanoseconds: UInt64) -> UInt64 {
        let (sum, overflow) = start.addingReportingOverflow(nanoseconds)
        return overflow ? never : sum
    }
}
