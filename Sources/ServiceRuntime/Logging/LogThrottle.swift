import Synchronization

/// Lets one entry of a kind through a second, so that a provider that is down fills no disk. What is held back is counted.
public final class LogThrottle: Sendable {
    private struct Kind {
        var last: ContinuousClock.Instant
        var heldBack = 0
    }

    private let time: any TimeSource
    private let kinds = Mutex<[String: Kind]>([:])

    /// - Parameter time: whose seconds count.
    public init(time: any TimeSource) { self.time = time }

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
            guard known.last + .seconds(1) <= now else {
                kinds[kind]?.heldBack += 1
                return nil
            }
            kinds[kind] = Kind(last: now)
            return known.heldBack
        }
    }
}
