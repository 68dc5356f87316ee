import CoreTestSupport
import Testing

@testable import ServiceRuntime

/// The table against ``NaiveLanes``, with thousands of random steps, and against what must hold at each of them.
@Suite struct LaneTableModelTests {
    /// What the table itself said, and nothing else.
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
            (1, LaneLimits(running: 1, waiting: 8, waitingPerLane: 3)),
            (2, LaneLimits(running: 4, waiting: 30, waitingPerLane: 4)),
            (3, LaneLimits(running: 7, waiting: 1000, waitingPerLane: 1000)),
            (4, LaneLimits(running: 100, waiting: 10, waitingPerLane: 5)),
            (5, LaneLimits(running: 2, waiting: 0, waitingPerLane: 0)),
            (6, LaneLimits(running: 3, waiting: 300, waitingPerLane: 2)),
        ] as [(UInt64, LaneLimits)])
    func doesWhatTheSimplestTableWouldDo(seed: UInt64, limits: LaneLimits) {
        var random = SeededGenerator(seed: seed)
        var table = LaneTable(limits)
        var model = NaiveLanes(limits: limits)
        var seen = Seen()
        let lanes: [String?] = [nil, "a", "b", "c", "d", "e", "f", "g"]

        for ticket: UInt64 in 0..<4_000 {
            let grows = seen.inside.count < 60 && (ticket / 100).isMultiple(of: 2)
            if Int.random(in: 0..<10, using: &random) < (grows ? 7 : 4) {
                let lane = lanes.randomElement(using: &random).flatMap { $0 }
                let admission = table.enter(ticket, lane: lane)
                #expect(admission == model.enter(ticket, lane: lane))
                if case .refuse = admission { continue }
                seen.inside.append(ticket)
                seen.lane[ticket] = lane
                if admission == .run { seen.start(ticket) }
            } else if let ticket = seen.inside.randomElement(using: &random) {
                seen.inside.removeAll { $0 == ticket }
                seen.running.remove(ticket)
                let started = table.leave(ticket)
                #expect(started == model.leave(ticket))
                for ticket in started { seen.start(ticket) }
            }
            check(table, seen, limits)
        }

        // Nobody is stuck: those that run leave, and all the others get their turn.
        while let ticket = seen.running.min() {
            seen.running.remove(ticket)
            seen.inside.removeAll { $0 == ticket }
            for ticket in table.leave(ticket) { seen.start(ticket) }
            check(table, seen, limits)
        }
        #expect(seen.inside.isEmpty)
        #expect(table.waiting == 0)
        #expect(!seen.started.isEmpty)
    }

    private func check(_ table: LaneTable, _ seen: Seen, _ limits: LaneLimits) {
        #expect(table.running == seen.running.count)
        #expect(table.running <= limits.running)
        #expect(table.waiting == seen.inside.count - seen.running.count)
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
