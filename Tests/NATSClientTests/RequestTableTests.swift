import Concurrency
import FoundationEssentials
import Testing

@testable import NATSClient

@Suite struct RequestTableTests {
    private typealias Table = RequestTable
    private let start = ContinuousClock.now

    private func message(_ text: String, status: String? = nil) -> NATSMessage {
        let headers = NATSHeaders(status.map { [("Status", $0)] } ?? [])
        return NATSMessage(subject: "a", payload: Array(text.utf8), headers: headers)
    }

    /// A request that waits.
    private struct Request {
        let id: UInt64
        let slot: WaitSlot<Table.Outcome>
        let timer: Table.Instant?
    }

    private func request(_ table: inout Table, after seconds: Int) throws -> Request {
        let made = table.open(deadline: start + .seconds(seconds))
        let (id, slot, timer) = try #require(made)
        return Request(id: id, slot: slot, timer: timer)
    }

    /// What becomes of a request by an action, in words.
    private func outcome(_ action: Table.Action, of request: Request) -> String {
        switch action {
        case .none: "none"
        case .wake: "wake a stream"
        case .call: "call a handler"
        case .finish(let slot, _) where slot !== request.slot: "another's"
        case .finish(_, .success(let message)): String(decoding: message.payload, as: UTF8.self)
        case .finish(_, .failure(let error)): "\(error.code)"
        }
    }

    @Test func aHandlerIsCalledOnce() throws {
        for reply in ["hello", nil] {
            var table = Table()
            let made = table.open(deadline: start + .seconds(1)) { _ in }
            let (id, timer) = try #require(made)
            let action =
                reply.map { table.received(message($0), for: id, now: start) } ?? table.fail(id, with: .timedOut)
            guard case .call(_, let outcome) = action else {
                Issue.record("its handler is not called")
                return
            }
            #expect(timer != nil)
            #expect((try? outcome.get()).map { String(decoding: $0.payload, as: UTF8.self) } == reply)
            let late = table.received(message("late"), for: id, now: start)
            guard case .none = late else {
                Issue.record("its handler is called twice")
                return
            }
            #expect(table.count == 0)
        }
    }

    /// Whether an action wakes the consumer that waits in a slot; false if it wakes nobody.
    private func wakes(_ action: Table.Action, _ slot: WaitSlot<Void>?) -> Bool {
        if case .wake(let waiter) = action { waiter === slot } else { false }
    }

    private func poll(_ table: inout Table, _ id: UInt64) -> String {
        switch table.poll(id) {
        case .message(let message): String(decoding: message.payload, as: UTF8.self)
        case .wait: "wait"
        case .end: "end"
        case .failed(let error): "\(error.code)"
        }
    }

    private func stream(_ table: inout Table, idle seconds: Int, limit: Int) throws -> UInt64 {
        let made = table.openStream(idle: .seconds(seconds), now: start, limit: limit)
        return try #require(made).id
    }

    @Test func aReplyEndsItsRequestOnly() throws {
        var table = Table()
        let first = try request(&table, after: 1)
        let second = try request(&table, after: 1)
        #expect(outcome(table.received(message("2"), for: second.id, now: start), of: second) == "2")
        #expect(outcome(table.received(message("2"), for: second.id, now: start), of: second) == "none")
        #expect(outcome(table.received(message("?"), for: 99, now: start), of: first) == "none")
        let nobody = table.received(message("", status: "503"), for: first.id, now: start)
        #expect(outcome(nobody, of: first) == "noResponders")
        #expect(table.count == 0)
    }

    @Test func whoeverHasLeftIsNotTold() throws {
        var table = Table()
        let request = try request(&table, after: 1)
        table.remove(request.id)
        #expect(outcome(table.received(message("late"), for: request.id, now: start), of: request) == "none")
        #expect(table.expire(start + .seconds(1), now: start + .seconds(1)).actions.count == 0)
    }

    @Test func deadlinesEndWhatIsDue() throws {
        var table = Table()
        let short = try request(&table, after: 1)
        let long = try request(&table, after: 3)
        #expect(short.timer == start + .seconds(1))
        #expect(long.timer == nil)
        let (actions, next) = table.expire(start + .seconds(1), now: start + .seconds(1))
        #expect(actions.map { outcome($0, of: short) } == ["timeout"])
        #expect(next == start + .seconds(3))
        #expect(try request(&table, after: 2).timer == start + .seconds(2))
        #expect(table.expire(start + .seconds(3), now: start + .seconds(3)).actions.count == 0, "replaced")
        let last = table.expire(start + .seconds(2), now: start + .seconds(3))
        #expect(last.actions.map { outcome($0, of: long) }.sorted() == ["another's", "timeout"])
        #expect(last.next == nil)
        #expect(table.count == 0)
    }

    @Test func closingFailsEverybody() throws {
        var table = Table()
        let request = try request(&table, after: 1)
        #expect(table.close().map { outcome($0, of: request) } == ["closed"])
        let late = (
            table.open(deadline: start) == nil, table.openStream(idle: .seconds(1), now: start, limit: 1) == nil
        )
        #expect(late == (true, true))
    }

    @Test func aStreamGivesItsRepliesAndEnds() throws {
        var table = Table()
        let id = try stream(&table, idle: 1, limit: 10)
        guard case .wait(let slot) = table.poll(id) else { return #expect(Bool(false), "there is nothing yet") as Void }
        #expect(wakes(table.received(message("1"), for: id, now: start), slot))
        #expect(!wakes(table.received(message("", status: "200"), for: id, now: start), slot), "once")
        #expect(!wakes(table.received(message(""), for: id, now: start), slot))
        #expect(!wakes(table.received(message("3"), for: id, now: start), slot))
        #expect((0..<4).map { _ in poll(&table, id) } == ["1", "", "end", "end"])
        table.remove(id)
        #expect(table.count == 0)
        #expect(poll(&table, id) == "end")
    }

    @Test func theEndWakesTheConsumer() throws {
        var table = Table()
        let id = try stream(&table, idle: 1, limit: 10)
        guard case .wait(let slot) = table.poll(id) else { return #expect(Bool(false), "there is nothing yet") as Void }
        let actions = table.close()
        #expect(actions.count == 1 && wakes(actions[0], slot))
        #expect((0..<2).map { _ in poll(&table, id) } == ["closed", "end"])
    }

    @Test func eachReplyMovesTheIdleDeadline() throws {
        var table = Table()
        let id = try stream(&table, idle: 2, limit: 10)
        #expect(!wakes(table.received(message("1"), for: id, now: start + .seconds(1)), nil))
        #expect(table.expire(start + .seconds(2), now: start + .seconds(2)).next == start + .seconds(3))
        #expect(table.expire(start + .seconds(3), now: start + .seconds(3)).next == nil)
        #expect((0..<3).map { _ in poll(&table, id) } == ["1", "timeout", "end"])
    }

    @Test func aStreamIsBounded() throws {
        var table = Table()
        let id = try stream(&table, idle: 2, limit: 2)
        for text in ["1", "2", "3", "4"] { _ = table.received(message(text), for: id, now: start) }
        #expect((0..<4).map { _ in poll(&table, id) } == ["1", "2", "slowConsumer", "end"])
    }

    @Test func eachWaitOfAStreamHasASlotOfItsOwn() throws {
        var table = Table()
        let id = try stream(&table, idle: 2, limit: 2)
        guard case .wait(let cancelled) = table.poll(id), case .wait(let slot) = table.poll(id) else {
            return #expect(Bool(false), "there is nothing yet") as Void
        }
        let action = table.received(message("1"), for: id, now: start)
        #expect(!wakes(action, cancelled) && wakes(action, slot))
    }
}
