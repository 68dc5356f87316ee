/// The other instances that were heard of lately: a pure value.
struct PeerBook: Sendable {
    /// For how long one is believed to be there that says nothing: more than two of its heartbeats.
    static let patience = Duration.seconds(13)
    /// More are not counted: nobody runs so many.
    static let limit = 256

    private var lastSeen: [String: ContinuousClock.Instant] = [:]
    private var bridges: Set<String> = []

    /// An instance has said that it is there.
    ///
    /// - Parameter isBridge: it takes lines from the bot's own bus; nil where it did not say.
    mutating func heard(_ instance: String, now: ContinuousClock.Instant, isBridge: Bool? = nil) {
        guard lastSeen[instance] != nil || lastSeen.count < Self.limit else { return }
        lastSeen[instance] = now
        if isBridge == true { bridges.insert(instance) } else if isBridge == false { bridges.remove(instance) }
    }

    /// An instance has said that it goes.
    mutating func left(_ instance: String) {
        lastSeen[instance] = nil
        bridges.remove(instance)
    }

    /// Their ids.
    mutating func names(now: ContinuousClock.Instant) -> Set<String> {
        lastSeen = lastSeen.filter { $0.value + Self.patience > now }
        bridges.formIntersection(lastSeen.keys)
        return Set(lastSeen.keys)
    }

    /// The ids of those that take lines from the bot's own bus.
    mutating func bridges(now: ContinuousClock.Instant) -> Set<String> { names(now: now).intersection(bridges) }
}
