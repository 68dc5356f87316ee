import CoreTestSupport
import ServiceRuntime
import Synchronization
import Testing

/// The waiting, on all threads there are.
@Suite struct RequestQueueConcurrencyTests {
    private struct Gauge {
        var now = 0
        var most = 0
        var lanes: Set<Int> = []
        var overlaps = 0
        /// Each lane's tickets, as they ran.
        var order: [Int: [UInt64]] = [:]

        mutating func begin(_ ticket: UInt64, _ lane: Int) {
            now += 1
            most = max(most, now)
            if !lanes.insert(lane).inserted { overlaps += 1 }
            order[lane, default: []].append(ticket)
        }

        mutating func end(_ lane: Int) {
            now -= 1
            lanes.remove(lane)
        }
    }

    private final class Shared: Sendable {
        let queue: RequestQueue
        let gauge = Mutex(Gauge())

        init(_ limits: QueueLimits) { queue = RequestQueue(limits: limits) }

        /// Returns whether it ran.
        func pass(_ ticket: RequestQueue.Ticket, _ lane: Int) async -> Bool {
            defer { queue.leave(ticket) }
            do { try await queue.acquire(ticket) } catch { return false }
            gauge.withLock { $0.begin(ticket, lane) }
            for _ in 0..<(ticket % 4) { await Task.yield() }
            gauge.withLock { $0.end(lane) }
            return true
        }
    }

    @Test func twoThousandInFortyLanesKeepTheirOrder() async throws {
        let shared = Shared(QueueLimits(running: 16, waiting: 10_000, waitingPerChannel: 1_000))
        let tickets = try (0..<2_000).map {
            (ticket: try shared.queue.enter(QueuedRequest(channel: "lane \($0 % 40)")), lane: $0 % 40)
        }
        let ran = try await within {
            await withTaskGroup(of: Bool.self) { group in
                for (ticket, lane) in tickets.reversed() { group.addTask { await shared.pass(ticket, lane) } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(ran == 2_000)
        #expect(shared.queue.load == (0, 0))
        shared.gauge.withLock { gauge in
            #expect(gauge.overlaps == 0)
            #expect(gauge.most <= 16)
            #expect(gauge.order.count == 40)
            for (lane, order) in gauge.order {
                #expect(order == tickets.filter { $0.lane == lane }.map(\.ticket))
            }
        }
    }

    @Test func cancelledAtRandomNobodyIsStuckAndTheRestKeepTheirOrder() async throws {
        let shared = Shared(QueueLimits(running: 3, waiting: 10_000, waitingPerChannel: 1_000))
        let entered = try (0..<1_000).map {
            (ticket: try shared.queue.enter(QueuedRequest(channel: "lane \($0 % 10)")), lane: $0 % 10)
        }
        let tasks = entered.map { ticket, lane in Task { await shared.pass(ticket, lane) } }
        var random = SeededGenerator(seed: 7)
        let cancelled = Set((0..<1_000).filter { _ in Bool.random(using: &random) })
        let ran = try await within {
            await withTaskGroup(of: Void.self) { group in
                for index in cancelled { group.addTask { tasks[index].cancel() } }
            }
            var ran: [Bool] = []
            for task in tasks { ran.append(await task.value) }
            return ran
        }
        #expect(shared.queue.load == (0, 0))
        for index in tasks.indices where !cancelled.contains(index) {
            #expect(ran[index], "ticket \(index) was not cancelled and did not run")
        }
        shared.gauge.withLock { gauge in
            #expect(gauge.overlaps == 0)
            #expect(gauge.most <= 3)
            #expect(gauge.order.values.map(\.count).reduce(0, +) == ran.count { $0 })
            for order in gauge.order.values { #expect(order == order.sorted()) }
        }
    }
}
