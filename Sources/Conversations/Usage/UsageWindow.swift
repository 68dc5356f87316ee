public import ServiceRuntime

/// A count for a period. The period begins with the first thing counted; after its end the count begins again.
public struct UsageWindow: Sendable, Equatable {
    /// When the period began; nil if nothing was counted yet.
    public package(set) var start: Timestamp?
    /// How many were counted in the period.
    public package(set) var count = 0
    /// The part of the limit, in percent, that was last told of.
    package var told = 0

    /// Creates a count of nothing.
    public init() {}

    /// The count at `now`.
    ///
    /// - Parameter length: how long the window is.
    func count(_ now: Timestamp, _ length: Duration) -> Int { isOpen(now, length) ? count : 0 }

    /// How long it goes on.
    func rest(_ now: Timestamp, _ length: Duration) -> Duration {
        guard let start, isOpen(now, length) else { return .zero }
        return min(length, start + length - now)
    }

    /// Begins anew if its time is over. Returns whether it did.
    mutating func roll(_ now: Timestamp, _ length: Duration) -> Bool {
        guard !isOpen(now, length) else { return false }
        self = UsageWindow()
        start = now
        return true
    }

    /// Counts more.
    mutating func add(_ amount: Int) { count = count.adding(amount) }

    /// The part of `limit`, in percent, that is used up now and was not told of: 80, 90 or 100.
    mutating func crossing(_ limit: Int) -> Int? {
        let level = [100, 90, 80].first { Double(count) * 100 >= Double(limit) * Double($0) }
        guard let level, level > told else { return nil }
        told = level
        return level
    }

    /// Clocks differ, and are set: a start that lies a little ahead is no reason to begin anew, one far ahead is.
    private func isOpen(_ now: Timestamp, _ length: Duration) -> Bool {
        guard let start else { return false }
        return now < start + length && start < now + length
    }
}

extension Int {
    /// The sum, or the largest number there is: what is counted comes from outside.
    package func adding(_ other: Int) -> Int {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
