import CoreTestSupport
import Testing

@testable import ServiceRuntime

/// The queue against ``NaiveQueue``, with thousands of random steps, and against what must hold at each of them.
@Suite struct QueueModelTests {
    /// What the queue itself said, and nothing else.
    private struct Seen {
        var lane: [UInt64: String] = [:]
        var inside: [UInt64] = []
        var running: Set<UInt64> = []
        /// Each lane's tickets, as they began to run.
        var started: [String: [UInt64]] = [:]

        mutating func start(_ ticket: UInt64) {
            let (isNew, _) = running.insert(ticket)
            #expect(isNew, "ticket \(ticket) was started twice")
            #expect(inside.contains(ticket), "ticket \(ticket) was started after it had left")
            if let lane = lane[ticket] { started[lane, default: []].append(ticket) }
        }
    }

    @Test(
        arguments: [
            (1, QueueLimits(running: 1, waiting: 8, waitingPerChannel: 3)),
            (2, QueueLimits(running: 4, waiting: 30, waitingPerChannel: 4)),
            (3, QueueLimits(running: 7, waiting: 1000, waitingPerChannel: 1000)),
            (4, QueueLimits(running: 100, waiting: 10, waitingPerChannel: 5)),
            (5, QueueLimits(running: 2, waiting: 0, waitingPerChannel: 0)),
            (6, QueueLimits(running: 3, waiting: 300, waitingPerChannel: 2)),
        ] as [(UInt64, QueueLimits)])
    func doesWhatTheSimplestTableWouldDo(seed: UInt64, limits: QueueLimits) {
        var random = SeededGenerator(seed: seed)
        var queue = NamedQueue(limits)
        var model = NaiveQueue(limits: limits)
        var seen = Seen()
        let lanes: [String?] = [nil, "a", "b", "c", "d", "e", "f", "g"]

        for ticket: UInt64 in 0..<4_000 {
            let grows = seen.inside.count < 60 && (ticket / 100).isMultiple(of: 2)
            if Int.random(in: 0..<10, using: &random) < (grows ? 7 : 4) {
                let lane = lanes.randomElement(using: &random).flatMap { $0 }
                let admission = queue.enter(ticket, lane: lane)
                #expect(admission == model.enter(ticket, lane: lane))
                if case .refuse = admission { continue }
                seen.inside.append(ticket)
                seen.lane[ticket] = lane
                if admission == .run { seen.start(ticket) }
            } else if let ticket = seen.inside.randomElement(using: &random) {
                seen.inside.removeAll { $0 == ticket }
                seen.running.remove(ticket)
                let started = queue.leave(ticket)
                #expect(started == model.leave(ticket))
                for ticket in started { seen.start(ticket) }
            }
            check(queue, seen, limits)
        }

        // Nobody is stuck: those that run leave, and all the others get their turn.
        while let ticket = seen.running.min() {
            seen.running.remove(ticket)
            seen.inside.removeAll { $0 == ticket }
            for ticket in queue.leave(ticket) { seen.start(ticket) }
            check(queue, seen, limits)
        }
        #expect(seen.inside.isEmpty)
        #expect(queue.waiting == 0)
        #expect(!seen.started.isEmpty)
    }

    private func check(_ queue: NamedQueue, _ seen: Seen, _ limits: QueueLimits) {
        #expect(queue.running == seen.running.count)
        #expect(queue.running <= limits.running)
        #expect(queue.waiting == seen.inside.count - seen.running.count)
        let lanes = seen.running.compactMap { seen.lane[$0] }
        #expect(Set(lanes).count == lanes.count, "two of one lane run")
        let inOrder = seen.started.values.allSatisfy { $0 == $0.sorted() }
        #expect(inOrder, "a lane's order was not kept")
        // Whoever waits, waits for something: for its lane, or for a place.
        if seen.running.count < limits.running {
            let idle = seen.inside.filter { ticket in
                !seen.running.contains(ticket) && !lanes.contains { $0 == seen.lane[ticket] }
            }
            #expect(idle.isEmpty, "waiting for nothing: \(idle)")
        }
    }
}
