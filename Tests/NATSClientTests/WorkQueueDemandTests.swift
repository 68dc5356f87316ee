import Testing

@testable import NATSClient

@Suite struct WorkQueueDemandTests {
    private var demand: WorkQueueDemand

    init() { demand = WorkQueueDemand(limit: 4) }

    /// So many messages come; which of them are handed out.
    private mutating func receive(_ count: Int) -> [Bool] { (0..<count).map { _ in demand.receive() } }

    private mutating func pull() -> Int? { demand.pull() }

    @Test mutating func asksForWhatThereIsRoomFor() {
        #expect([pull(), pull()] == [4, nil])
        #expect(receive(4) == [true, true, true, true])
        #expect((demand.outstanding, demand.requested) == (4, 0))
        demand.finish()
        #expect(pull() == 1)
        demand.finish()
        // Something is on its way: not one by one.
        #expect(pull() == nil)
        demand.finish()
        #expect(pull() == 2)
    }

    @Test mutating func asksAgainForWhatDidNotCome() {
        #expect(pull() == 4)
        #expect(receive(1) == [true])
        demand.expire(3)
        #expect(pull() == 3)
        demand.expire(-5)
        #expect(pull() == nil)
        demand.expire(.max)
        #expect(pull() == 3)
        demand.lose()
        #expect(pull() == 3)
    }

    @Test mutating func takesNoMoreThanItsLimit() {
        #expect(pull() == 4)
        demand.lose()
        #expect(pull() == 4)
        // Both questions are answered after all.
        #expect(receive(6) == [true, true, true, true, false, false])
        #expect((demand.outstanding, demand.requested) == (4, 0))
    }

    @Test mutating func stopsForGood() {
        #expect(pull() == 4)
        #expect(receive(1) == [true])
        demand.stop()
        #expect(receive(1) == [false])
        demand.finish()
        #expect(pull() == nil)
    }

    @Test mutating func asksForNothingWhilePaused() {
        demand.pause()
        #expect(pull() == nil)
        demand.resume()
        #expect(pull() == 4)
        demand.pause()
        // What was asked for still comes.
        #expect(receive(1) == [true])
        demand.lose()
        #expect(pull() == nil)
        demand.resume()
        #expect(pull() == 3)
    }

    @Test mutating func countsWhatItAdopts() {
        for _ in 0..<3 { demand.adopt() }
        #expect(pull() == 1)
        for _ in 0..<2 { demand.adopt() }
        #expect(demand.outstanding == 5)
        #expect(receive(1) == [false])
        for _ in 0..<3 { demand.finish() }
        #expect(pull() == 2)
    }

    @Test(arguments: [
        ("$JS.ACK.s.c.2.20.3.99.4", true), ("$JS.ACK.domain.hash.s.c.2.20.3.99.4", true),
        ("$JS.ACK.domain.hash.s.c.2.20.3.99.4.token", true), ("$JS.ACK.s.c.2.20.3.99", false),
        ("$JS.ACK.s.c.x.20.3.99.4", false), ("$JS.ACK.s.c.2.20.3.99.4.5", false), ("other.s.c.d.2.20.3.99.4", false),
        ("", false),
    ])
    func readsReplySubjects(reply: String, isValid: Bool) throws {
        guard isValid else {
            #expect(JetStreamDelivery(reply) == nil)
            return
        }
        let delivery = try #require(JetStreamDelivery(reply))
        #expect((delivery.deliveries, delivery.sequence, delivery.number) == (2, 20, 3))
        #expect((delivery.time, delivery.pending) == (99, 4))
        #expect((delivery.stream, delivery.consumer) == ("s", "c"))
    }
}
