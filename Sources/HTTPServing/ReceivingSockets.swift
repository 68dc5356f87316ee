/// The connections of which a request, or the rest of one, is awaited, and until when: a pure state machine.
struct ReceivingSockets {
    private let limit: Duration
    private var deadlines: [Int32: ContinuousClock.Instant] = [:]

    /// - Parameter limit: for the head of a request; and again for its body.
    init(limit: Duration) { self.limit = limit }

    var isEmpty: Bool { deadlines.isEmpty }
    var count: Int { deadlines.count }

    /// From now on something is to come.
    mutating func expect(on socket: Int32, now: ContinuousClock.Instant) { deadlines[socket] = now + limit }

    /// Nothing is awaited: a request is there, or the connection is gone.
    mutating func remove(_ socket: Int32) { deadlines[socket] = nil }

    /// Those whose time is up; they are awaited no more.
    mutating func takeDue(now: ContinuousClock.Instant) -> [Int32] {
        let due = deadlines.compactMap { $0.value <= now ? $0.key : nil }
        for socket in due { deadlines[socket] = nil }
        return due
    }

    /// All of them; they are awaited no more.
    mutating func takeAll() -> [Int32] {
        defer { deadlines = [:] }
        return Array(deadlines.keys)
    }
}
