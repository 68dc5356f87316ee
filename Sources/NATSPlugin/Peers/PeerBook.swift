/// The other instances that were heard of lately: a pure value.
struct PeerBook: Sendable {
    /// For how long one is believed to be there that says nothing: more than two of its heartbeats.
    static let patience = Duration.seconds(40)
    /// More are not counted: nobody runs so many.
    static let limit = 256

    private var lastSeen: [String: ContinuousClock.Instant] = [:]

    /// An instance has said that it is there.
    mutating func heard(_ instance: String, now: ContinuousClock.Instant) {
        if lastSeen[instance] != nil || lastSeen.count < Self.limit { lastSeen[instance] = now }
    }

    /// An instance has said that it goes.
    mutating func left(_ instance: String) { lastSeen[instance] = nil }

    /// Their ids.
    mutating func names(now: ContinuousClock.Instant) -> Set<String> {
        lastSeen = lastSeen.filter { $0.value + Self.patience > now }
        return Set(lastSeen.keys)
    }
}
