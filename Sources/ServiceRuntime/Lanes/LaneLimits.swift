/// How much runs, and how much waits.
public struct LaneLimits: Sendable {
    /// At once, in all lanes together.
    public var running: Int
    /// Behind those that run, in all lanes together.
    public var waiting: Int
    /// Behind the one that runs, in one lane.
    public var waitingPerLane: Int

    /// Limits.
    public init(running: Int = 256, waiting: Int = 10_000, waitingPerLane: Int = 20) {
        self.running = running
        self.waiting = waiting
        self.waitingPerLane = waitingPerLane
    }
}

/// Why a message was not let in.
public enum LaneRefusal: Error, Sendable {
    /// Too many wait in its lane.
    case laneFull
    /// Too many wait in all.
    case serviceFull
    /// Nobody is let in any more.
    case closed
}
