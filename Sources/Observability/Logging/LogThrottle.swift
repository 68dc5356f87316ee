public import ServiceRuntime
import Synchronization

/// Lets one entry of a kind through in a while, a second unless said otherwise, so that a provider that is down fills no disk. What is held back is counted.
public final class LogThrottle: Sendable {
    private struct Kind {
        var last: ContinuousClock.Instant
        var heldBack = 0
    }

    private let time: any TimeSource
    private let interval: Duration
    private let kinds = Mutex<[String: Kind]>([:])

    /// - Parameters:
    ///   - interval: the time between two entries of a kind, at least.
    ///   - time: whose seconds count.
    public init(interval: Duration = .seconds(1), time: any TimeSource) {
        self.interval = interval
        self.time = time
    }

    /// Whether an entry of this kind is to be written now.
    ///
    /// - Parameter kind: one of a few words of ours, never text from outside.
    /// - Returns: how many were held back since the last one; nil: hold this one back too.
    public func admit(_ kind: String) -> Int? {
        let now = time.now
        return kinds.withLock { kinds in
            guard let known = kinds[kind] else {
                kinds[kind] = Kind(last: now)
                return 0
            }
            guard known.last + interval <= now else {
                kinds[kind]?.heldBack += 1
                return nil
            }
            kinds[kind] = Kind(last: now)
            return known.heldBack
        }
    }
}
