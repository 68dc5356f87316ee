import ServiceRuntime

/// The lines that were asked about and are not answered yet. A value; time is handed in.
///
/// An answer that never comes (an instance was killed) is waited for until its time is over; beyond so many lines the
/// oldest is no longer waited for.
struct BridgeQuestions: Sendable {
    private static var most: Int { 1000 }

    private var lines: [String: RoomLine] = [:]
    private var order = FIFO<(id: String, until: ContinuousClock.Instant)>()

    /// Whether nothing is waited for.
    var isEmpty: Bool { lines.isEmpty }

    /// A line is asked about.
    ///
    /// - Parameter id: the request's, as its answer will have it.
    mutating func ask(_ id: String, _ line: RoomLine, until: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        while let first = order.first, first.until <= now || order.count >= Self.most {
            order.popFirst()
            lines.removeValue(forKey: first.id)
        }
        lines[id] = line
        order.append((id, until))
    }

    /// A request is answered: the line that it was for, if that still waits.
    mutating func answer(_ id: String) -> RoomLine? { lines.removeValue(forKey: id) }
}
