import Testing

@testable import NATSPlugin

@Suite("Dispatcher")
struct DispatcherTests {
    private let now = ContinuousClock.now
    private let other = MemberRank(id: "b", since: 2)
    /// Of a channel that `b` owns where there are `a` and `b`.
    private let key: UInt64
    private var dispatcher = Dispatcher<Int>("a", term: 1, now: .now)

    init() throws {
        var table = PartitionTable(owner: "a", epoch: 0)
        table.assign(to: ["a", "b"], epoch: 1)
        key = try #require((0..<100).first { table.owner(of: $0).member == "b" })
        _ = dispatcher.heard(other, session: 1, load: 0, isLeaving: false, now: now)
    }

    private mutating func route(_ message: Int) -> [Dispatcher<Int>.Step] {
        dispatcher.route(message, key: key, isBusyHere: false, load: 0)
    }

    /// The messages that stay, and those that are handed over, with their sequences.
    private func sorted(_ steps: [Dispatcher<Int>.Step]) -> (here: [Int], handed: [Int], sequences: [UInt64]) {
        steps.reduce(into: ([], [], [])) { result, step in
            switch step {
            case .here(let message, _, _): result.here.append(message)
            case .hand(let message, _, let handing):
                result.handed.append(message)
                result.sequences.append(handing.sequence)
            }
        }
    }

    @Test("hands what the other one owns to it, in order")
    mutating func hands() {
        #expect(sorted(route(1) + route(2)).handed == [1, 2])
    }

    @Test("takes what a dead member has not begun, in order, and not what it has")
    mutating func death() {
        let sequences = sorted(route(1) + route(2) + route(3)).sequences
        dispatcher.begun(sequences[0])
        #expect(sorted(dispatcher.died("b")).here == [2, 3])
        #expect(dispatcher.isAlone)
    }

    @Test("holds a channel's messages until the member that leaves has nothing left of it")
    mutating func leaving() {
        let sequences = sorted(route(1) + route(2)).sequences
        dispatcher.begun(sequences[0])
        _ = dispatcher.heard(other, session: 1, load: 0, isLeaving: true, now: now)
        #expect(route(3).isEmpty)
        #expect(dispatcher.returned(sequences[1]).isEmpty)
        #expect(sorted(dispatcher.done(sequences[0])).here == [2, 3])
    }

    @Test("hands again what was handed in an earlier session")
    mutating func session() {
        let first = sorted(route(1)).sequences
        let again = sorted(dispatcher.letGo("b", before: 2))
        #expect(again.handed == [1])
        #expect(again.sequences != first)
        #expect(dispatcher.letGo("b", before: 2).isEmpty)
    }

    @Test("of a new office waits for the members to say what they work on")
    mutating func report() {
        dispatcher = Dispatcher("a", term: 2, known: [other], now: now)
        _ = dispatcher.heard(other, session: 1, load: 0, isLeaving: false, now: now)
        #expect(route(1).isEmpty)
        #expect(
            sorted(dispatcher.reported("b", session: 1, [WorkReport(sequence: 9, key: key, progress: .begun)])).handed
                == [1])
    }

    @Test("of a new office gives on what a member had that nobody has heard of since, once that counts as gone")
    mutating func unknownHolder() {
        _ = route(1)
        dispatcher = Dispatcher("a", term: 3, former: dispatcher, now: now)
        #expect(route(2).isEmpty)
        let later = now + Dispatcher<Int>.memberTimeout + .milliseconds(1)
        #expect(dispatcher.silent(now: later).map(\.member) == ["b"])
        #expect(sorted(dispatcher.died("b")).here == [1, 2])
        #expect(dispatcher.isAlone)
    }

    @Test("after the office and a lost connection, passes on what a member that dies has said not to have begun")
    mutating func doubts() {
        let sequences = sorted(route(1) + route(2) + route(3)).sequences
        dispatcher.doubt()
        let work = zip(sequences, [.waiting, .unconfirmed]).map {
            WorkReport(sequence: $0, key: key, progress: $1)
        }
        // The third it never got. The second is its own, however often it asks.
        #expect(dispatcher.withdraw(from: "b", work).map(\.message) == [3])
        #expect(!dispatcher.hasDoubts)
        #expect(dispatcher.confirmation(of: "b", work).kept == [sequences[1]])
        #expect(dispatcher.withdraw(fromLost: "b", before: .max).map(\.message) == [1])
    }

    @Test("after the office and a lost connection, loses what a dead member may have begun")
    mutating func lost() {
        _ = route(1)
        dispatcher.doubt()
        #expect(dispatcher.withdraw(from: "b", before: .max).isEmpty)
        #expect(dispatcher.withdraw(fromLost: "b", before: .max).isEmpty)
        #expect(dispatcher.holders.isEmpty)
    }
}
