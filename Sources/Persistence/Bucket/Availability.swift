/// Whether the bucket can be used, and whether answers may wait for it: a pure state machine, whose methods return what is
/// to be done.
///
/// While it is not there nobody waits for it: it is tried from time to time, by a few documents at first. Where it took
/// something it is back. Where it is there and refuses what is written (it is full), it is back once it has taken as much
/// as there was to be written: else every small record that it still takes would be reported as its return.
struct Availability: Sendable {
    private enum Phase: Equatable {
        /// Nobody knows yet.
        case opening
        case up
        case down
        /// It was down, and is being tried.
        case trying
    }

    /// What is to be done.
    enum Action: Equatable {
        case nothing
        /// Report that the bucket is back, and write all there is.
        case reportRecovery
        /// Write a little more.
        case tryMore
    }

    private var reading = Phase.opening
    private var writing = Phase.opening
    /// Whether it was reported that the bucket is down.
    private var isReported = false
    /// Whether it was refused to write something.
    private var isRefusing = false
    /// How many documents are to be written before it counts as back.
    private var unproven = 0
    /// Whether a write took longer than anybody waits.
    private var isSlow = false
    /// Whether all reading and writing has ended.
    private var isOver = false
    /// What was read and written. Of something that came to nothing, and was begun before the last of it, nothing follows.
    private(set) var answers: UInt64 = 0
    /// What was written.
    private(set) var writes: UInt64 = 0

    /// Whether to try a read.
    var canRead: Bool { reading != .down && !isOver }
    /// Whether to try a write.
    var canWrite: Bool { writing != .down && canRead }
    /// Whether a caller should wait for its write.
    var isWorthWaiting: Bool { (writing == .up || writing == .opening) && !isSlow && !isOver }
    /// Whether it is not known yet.
    var isOpening: Bool { reading == .opening && !isOver }
    /// Whether it is down, or being tried.
    var isAway: Bool { reading == .down || reading == .trying || writing == .down || writing == .trying || isOver }
    /// Whether what is said now is kept.
    var isAvailable: Bool { reading == .up && writing == .up && !isOver }

    /// The bucket was opened.
    mutating func opened() -> Action {
        if reading == .opening { reading = .up }
        if reading == .down { reading = .trying }
        if writing == .opening {
            writing = .up
            return .reportRecovery
        }
        if writing == .down { writing = .trying }
        return .nothing
    }

    /// The connection has a server again.
    mutating func reconnected() {
        if reading == .down { reading = .trying }
    }

    /// A read succeeded.
    mutating func didRead() {
        answers += 1
        reading = .up
    }

    /// A write succeeded.
    mutating func didWrite() -> Action {
        answers += 1
        writes += 1
        isSlow = false
        reading = .up
        guard isRefusing else { return settle() }
        guard writing == .trying else { return .nothing }
        unproven -= 1
        return unproven > 0 ? .tryMore : settle()
    }

    /// It can be read again, and so many documents are to be written.
    mutating func canBeTried(unwritten count: Int) -> Action {
        guard writing == .trying, reading == .up else { return .nothing }
        unproven = count
        return count > 0 ? .tryMore : settle()
    }

    /// It failed. Returns whether that is news.
    ///
    /// - Parameter refusesOnly: it answers, but takes nothing.
    mutating func failed(refusesOnly: Bool) -> Bool {
        if refusesOnly { isRefusing = true } else { reading = .down }
        writing = .down
        defer { isReported = true }
        return !isReported
    }

    /// A write took longer than anybody waits: until another one is quicker, nobody does. Returns whether that is news.
    mutating func wasSlow() -> Bool {
        defer { isSlow = true }
        return !isSlow && !isAway
    }

    /// Nobody reads or writes any more.
    mutating func end() { isOver = true }

    private mutating func settle() -> Action {
        writing = .up
        isRefusing = false
        defer { isReported = false }
        return isReported ? .reportRecovery : .nothing
    }
}
