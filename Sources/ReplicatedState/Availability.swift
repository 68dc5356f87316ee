/// Whether the bucket is there, and who may wait for it. A value.
///
/// While it is not there nobody waits for it: it is tried from time to time, by one document at first.
struct Availability: Sendable {
    private enum Phase: Equatable {
        /// Nobody knows yet.
        case opening
        case up
        case down
        /// It was down, and is being tried.
        case trying
    }

    private var reading = Phase.opening
    private var writing = Phase.opening
    /// Whether its being down was told.
    private var isTold = false

    /// Whether a read is worth its time.
    var canRead: Bool { reading != .down }
    /// Whether it may be tried to write.
    var canWrite: Bool { writing != .down }
    /// Whether a caller should wait for its write.
    var isWorthWaiting: Bool { writing == .up || writing == .opening }
    /// Whether it is not known yet.
    var isOpening: Bool { reading == .opening }
    /// Whether it is down, or being tried.
    var isAway: Bool { !isWorthWaiting || !(reading == .up || reading == .opening) }

    /// It is there. Returns whether that is news.
    mutating func opened() -> Bool {
        if reading == .opening { reading = .up }
        if reading == .down { reading = .trying }
        if writing == .opening {
            writing = .up
            return true
        }
        if writing == .down { writing = .trying }
        return false
    }

    /// Something was read. Returns whether the bucket is back with that.
    mutating func didRead() -> Bool {
        reading = .up
        return settle()
    }

    /// Something was written. Returns whether the bucket is back with that.
    mutating func didWrite() -> Bool {
        reading = .up
        writing = .up
        return settle()
    }

    /// Nothing is left to be written, so that nothing more can be tried. Returns whether the bucket is back with that.
    mutating func hasNothingToWrite() -> Bool {
        guard writing == .trying, reading == .up else { return false }
        writing = .up
        return settle()
    }

    /// It failed. Returns whether that is news.
    ///
    /// - Parameter refusesOnly: it answers, but takes nothing.
    mutating func failed(refusesOnly: Bool) -> Bool {
        if !refusesOnly { reading = .down }
        writing = .down
        defer { isTold = true }
        return !isTold
    }

    private mutating func settle() -> Bool {
        guard isTold, reading == .up, writing == .up else { return false }
        isTold = false
        return true
    }
}
