import CoreTestSupport
import Testing

@testable import NATSPlugin

@Suite("Pieces of an answer")
struct DeltaGatheringTests {
    private let start = ContinuousClock.now
    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test("go out at once first, then together, each interval once")
    func together() {
        var gathering = DeltaGathering(interval: .milliseconds(30))
        #expect(gathering.piece("a", now: at(0)) == .send("a"))
        #expect(gathering.piece("b", now: at(1)) == .arm(at(30)))
        #expect(gathering.piece("c", now: at(29)) == .nothing)
        #expect(gathering.due(now: at(30)) == .send("bc"))
        #expect(gathering.piece("d", now: at(31)) == .arm(at(60)))
        #expect(gathering.due(now: at(64)) == .send("d"))
        // A late timer moves what comes after it.
        #expect(gathering.piece("e", now: at(65)) == .arm(at(94)))
        #expect(gathering.finish() == "e")
    }

    @Test("go out at once where nothing went out for an interval")
    func slow() {
        var gathering = DeltaGathering(interval: .milliseconds(30))
        for (piece, time) in [("a", 0), ("b", 30), ("c", 61), ("d", 1000)] {
            #expect(gathering.piece(piece, now: at(time)) == .send(piece))
        }
        #expect(gathering.finish() == nil)
    }

    @Test("go out one by one without an interval")
    func noInterval() {
        var gathering = DeltaGathering(interval: .zero)
        for piece in ["a", "b", "c"] { #expect(gathering.piece(piece, now: start) == .send(piece)) }
        #expect(gathering.finish() == nil)
    }

    @Test("do not wait for a timer that is late")
    func lateTimer() {
        var gathering = DeltaGathering(interval: .milliseconds(30))
        _ = gathering.piece("a", now: at(0))
        #expect(gathering.piece("b", now: at(10)) == .arm(at(30)))
        #expect(gathering.piece("c", now: at(35)) == .send("bc"))
        // What comes before the old timer does is sent neither too early nor without a timer.
        #expect(gathering.piece("d", now: at(36)) == .nothing)
        #expect(gathering.due(now: at(40)) == .arm(at(65)))
        #expect(gathering.due(now: at(65)) == .send("d"))
    }

    @Test("need no timer that finds nothing, and another one where it came too early")
    func idleTimer() {
        var gathering = DeltaGathering(interval: .milliseconds(30))
        _ = gathering.piece("a", now: at(0))
        #expect(gathering.piece("b", now: at(10)) == .arm(at(30)))
        #expect(gathering.due(now: at(29)) == .arm(at(30)))
        #expect(gathering.due(now: at(30)) == .send("b"))
        #expect(gathering.due(now: at(60)) == .nothing)
        #expect(gathering.piece("", now: at(61)) == .nothing)
        #expect(gathering.piece("c", now: at(61)) == .send("c"))
    }

    @Test("stay behind when the answer is over")
    func over() {
        var gathering = DeltaGathering(interval: .milliseconds(30))
        _ = gathering.piece("a", now: at(0))
        _ = gathering.piece("b", now: at(10))
        #expect(gathering.finish() == "b")
        #expect(gathering.due(now: at(30)) == .nothing)
        #expect(gathering.piece("c", now: at(90)) == .nothing)
        #expect(gathering.finish() == nil)
    }

    @Test("are all there and in order, wait no longer than an interval, and go out no oftener", arguments: 1...50)
    func anyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let interval = Int.random(in: 1...40, using: &random)
        var gathering = DeltaGathering(interval: .milliseconds(interval))
        var timer: Int?
        var waitingSince: Int?
        var sent: [(text: String, at: Int)] = []
        var given = ""
        func take(_ step: DeltaGathering.Step, _ now: Int) {
            switch step {
            case .send(let text):
                sent.append((text, now))
                waitingSince = nil
            case .arm(let instant):
                #expect(timer == nil)
                timer = (0...2000).first { at($0) == instant }
            case .nothing: break
            }
        }
        for now in 0..<1000 {
            if let due = timer, due <= now {
                timer = nil
                take(gathering.due(now: at(now)), now)
            }
            for _ in 0..<[0, 0, 0, 1, 3].randomElement(using: &random)! {
                let piece = String(given.utf8.count % 10)
                given += piece
                waitingSince = waitingSince ?? now
                take(gathering.piece(piece, now: at(now)), now)
            }
            if let waitingSince { #expect(now - waitingSince < interval) }
        }
        if let rest = gathering.finish() { sent.append((rest, 2000)) }
        #expect(sent.map(\.text).joined() == given)
        for (one, next) in zip(sent, sent.dropFirst()) { #expect(next.at - one.at >= interval) }
    }
}
