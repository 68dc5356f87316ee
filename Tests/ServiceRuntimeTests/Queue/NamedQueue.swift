@testable import ServiceRuntime

/// A ``RequestQueueState`` whose requests have names, each of which waits for its slot as soon as it is taken.
struct NamedQueue {
    typealias Admission = RequestQueueState<UInt64>.Admission

    var state: RequestQueueState<UInt64>
    private var tickets: [UInt64: UInt64] = [:]

    init(_ limits: QueueLimits) { state = RequestQueueState(limits) }

    var running: Int { state.running }
    var waiting: Int { state.waiting }

    mutating func enter(_ name: UInt64, lane: String?) -> Admission {
        enter(name, QueuedRequest(channel: lane)).admission
    }

    mutating func enter(
        _ name: UInt64, _ request: QueuedRequest
    ) -> (admission: Admission, timer: ContinuousClock.Instant?) {
        let (admission, ticket, timer) = state.enter(request)
        if case .refuse = admission { return (admission, timer) }
        tickets[name] = ticket
        if admission == .wait { _ = state.acquire(ticket, name) }
        return (admission, timer)
    }

    /// Returns the names of those that have got a slot.
    mutating func leave(_ name: UInt64) -> [UInt64] { tickets.removeValue(forKey: name).map { state.leave($0) } ?? [] }

    mutating func close() { state.close() }

    func ticket(_ name: UInt64) -> UInt64 { tickets[name] ?? .max }
}
