import FoundationEssentials
import Testing

@testable import NATSClient

@Suite struct RequestTableTests {
    private typealias Table = RequestTable<String, String>
    private let start = ContinuousClock.now

    private func message(_ text: String, status: String? = nil) -> NATSMessage {
        let headers = NATSHeaders(status.map { [("Status", $0)] } ?? [])
        return NATSMessage(subject: "a", payload: Array(text.utf8), headers: headers)
    }

    /// An action in words.
    private func words(_ action: Table.Action) -> String {
        switch action {
        case .none: "none"
        case .wake(let waiter): "wake \(waiter)"
        case .finish(let waiter, .success(let message)):
            "\(waiter): \(String(decoding: message.payload, as: UTF8.self))"
        case .finish(let waiter, .failure(let error)): "\(waiter): \(error.code)"
        }
    }

    private func poll(_ table: inout Table, _ id: UInt64) -> String {
        switch table.poll(id) {
        case .message(let message): String(decoding: message.payload, as: UTF8.self)
        case .wait(let turn): "wait \(turn)"
        case .end: "end"
        case .failed(let error): "\(error.code)"
        }
    }

    private func request(_ table: inout Table, _ name: String, after seconds: Int) throws -> UInt64 {
        let made = table.reserve(deadline: start + .seconds(seconds))
        let id = try #require(made)
        #expect(words(table.store(name, for: id)) == "none")
        return id
    }

    @Test func aReplyEndsItsRequestOnly() throws {
        var table = Table()
        let first = try request(&table, "first", after: 1)
        let second = try request(&table, "second", after: 1)
        #expect(words(table.received(message("2"), for: second, now: start)) == "second: 2")
        #expect(words(table.received(message("2"), for: second, now: start)) == "none")
        #expect(words(table.received(message("?"), for: 99, now: start)) == "none")
        #expect(words(table.received(message("", status: "503"), for: first, now: start)) == "first: noResponders")
        #expect(table.count == 0)
    }

    @Test func whatFailsBeforeItIsStoredIsSeen() throws {
        var table = Table()
        let made = table.reserve(deadline: start)
        let id = try #require(made)
        #expect(words(table.fail(id, with: .requestCancelled)) == "none")
        #expect(words(table.store("late", for: id)) == "late: cancelled")
        #expect(table.count == 0)
    }

    @Test func deadlinesEndWhatIsDue() throws {
        var table = Table()
        _ = try request(&table, "short", after: 1)
        _ = try request(&table, "long", after: 3)
        let alarms = [1, 3].map { table.needsAlarm(at: start + .seconds($0)) }
        #expect(alarms == [true, false])
        let (actions, next) = table.expire(now: start + .seconds(1))
        #expect(actions.map(words) == ["short: timeout"])
        #expect(next == start + .seconds(3))
        let earlier = table.needsAlarm(at: start + .seconds(2))
        #expect(earlier)
        #expect(table.expire(now: start + .seconds(3)).actions.map(words) == ["long: timeout"])
        #expect(table.expire(now: start + .seconds(4)).next == nil)
    }

    @Test func closingFailsEverybody() throws {
        var table = Table()
        _ = try request(&table, "stored", after: 1)
        let made = table.reserve(deadline: start)
        let reserved = try #require(made)
        #expect(table.close().map(words).filter { $0 != "none" } == ["stored: closed"])
        #expect(words(table.store("reserved", for: reserved)) == "reserved: closed")
        let late = (table.reserve(deadline: start), table.openStream(idle: .seconds(1), now: start, limit: 1))
        #expect(late == (nil, nil))
    }

    @Test func aStreamGivesItsRepliesAndEnds() throws {
        var table = Table()
        let made = table.openStream(idle: .seconds(1), now: start, limit: 10)
        let id = try #require(made)
        #expect(poll(&table, id) == "wait 1")
        #expect(table.storeStream("consumer", for: id, turn: 1) == nil)
        #expect(words(table.received(message("1"), for: id, now: start)) == "wake consumer")
        #expect(words(table.received(message("", status: "200"), for: id, now: start)) == "none")
        #expect(words(table.received(message(""), for: id, now: start)) == "none")
        #expect(words(table.received(message("3"), for: id, now: start)) == "none")
        #expect((0..<4).map { _ in poll(&table, id) } == ["1", "", "end", "end"])
        table.remove(id)
        #expect(table.count == 0)
        #expect(poll(&table, id) == "end")
    }

    @Test func eachReplyMovesTheIdleDeadline() throws {
        var table = Table()
        let made = table.openStream(idle: .seconds(2), now: start, limit: 10)
        let id = try #require(made)
        #expect(words(table.received(message("1"), for: id, now: start + .seconds(1))) == "none")
        #expect(table.expire(now: start + .seconds(2)).next == start + .seconds(3))
        #expect(table.expire(now: start + .seconds(3)).next == nil)
        #expect((0..<3).map { _ in poll(&table, id) } == ["1", "timeout", "end"])
    }

    @Test func aStreamIsBounded() throws {
        var table = Table()
        let made = table.openStream(idle: .seconds(2), now: start, limit: 2)
        let id = try #require(made)
        for text in ["1", "2", "3", "4"] { _ = table.received(message(text), for: id, now: start) }
        #expect((0..<4).map { _ in poll(&table, id) } == ["1", "2", "slowConsumer", "end"])
    }

    @Test func aStreamsConsumerCanBeCancelled() throws {
        var table = Table()
        let made = table.openStream(idle: .seconds(2), now: start, limit: 2)
        let id = try #require(made)
        #expect(poll(&table, id) == "wait 1")
        #expect(table.cancelStream(id, turn: 1) == nil)
        #expect(table.storeStream("early", for: id, turn: 1) == "early")
        #expect(poll(&table, id) == "wait 2")
        #expect(table.storeStream("stored", for: id, turn: 2) == nil)
        #expect(table.cancelStream(id, turn: 2) == "stored")
    }
}
