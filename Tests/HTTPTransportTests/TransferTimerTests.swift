import Testing

@testable import HTTPTransport

@Suite struct TransferTimerTests {
    private static let second: UInt64 = 1_000_000_000

    private static func timer(
        firstByte: Int? = nil, idle: Int? = nil, total: Int? = nil, firstByteIsContent: Bool = true
    ) -> TransferTimer {
        func duration(_ seconds: Int?) -> Duration? { seconds.map { .seconds($0) } }
        return TransferTimer(
            HTTPTimeouts(
                connect: nil, firstByte: duration(firstByte), idle: duration(idle), total: duration(total)),
            start: 100 * second, firstByteIsContent: firstByteIsContent)
    }

    @Test func none() {
        var timer = Self.timer()
        #expect(timer.deadline == TransferTimer.never)
        timer.received(at: 200 * Self.second)
        #expect(timer.deadline == TransferTimer.never)
        #expect(timer.expired(at: TransferTimer.never - 1) == nil)
    }

    @Test("Bytes that keep coming keep it alive, one at a time")
    func drip() {
        var timer = Self.timer(firstByte: 10, idle: 5, total: 60)
        #expect(timer.deadline == 110 * Self.second)
        #expect(timer.expired(at: 110 * Self.second - 1) == nil)
        #expect(timer.expired(at: 110 * Self.second) == .firstByteTimeout)
        for moment in stride(from: UInt64(109), to: 157, by: 4) {
            timer.received(at: moment * Self.second)
            #expect(timer.expired(at: (moment + 4) * Self.second) == nil)
            #expect(timer.expired(at: (moment + 5) * Self.second) == (moment + 5 >= 160 ? .totalTimeout : .idleTimeout))
        }
        #expect(timer.deadline == 158 * Self.second)
        timer.received(at: 157 * Self.second)
        #expect(timer.deadline == 160 * Self.second)
        #expect(timer.expired(at: 160 * Self.second) == .totalTimeout)
    }

    @Test("While our consumer is slow only the total counts")
    func paused() {
        var timer = Self.timer(firstByte: 10, idle: 5, total: 60)
        timer.received(at: 101 * Self.second)
        timer.pause(at: 102 * Self.second)
        #expect(timer.deadline == 160 * Self.second)
        #expect(timer.expired(at: 150 * Self.second) == nil)
        timer.resume(at: 150 * Self.second)
        #expect(timer.deadline == 155 * Self.second)
        timer.resume(at: 154 * Self.second)
        #expect(timer.deadline == 155 * Self.second, "it was not paused")
    }

    @Test("Bytes that are no content leave the first timeout running, however many come")
    func comments() {
        var timer = Self.timer(firstByte: 10, idle: 3, total: 60, firstByteIsContent: false)
        #expect(timer.deadline == 110 * Self.second)
        for moment in UInt64(101)...109 {
            timer.received(at: moment * Self.second)
            #expect(timer.deadline == min(110, moment + 3) * Self.second)
        }
        #expect(timer.expired(at: 110 * Self.second - 1) == nil)
        #expect(timer.expired(at: 110 * Self.second, looksForContent: { true }) == nil, "content had begun")
        #expect(timer.deadline == 112 * Self.second, "from the last byte of whatever kind")
        #expect(timer.expired(at: 112 * Self.second) == .idleTimeout)
    }

    @Test("Looked for when the silence could be too long, and not before")
    func looks() {
        var timer = Self.timer(firstByte: 10, idle: 3, firstByteIsContent: false)
        timer.received(at: 101 * Self.second)
        timer.received(at: 102 * Self.second)
        var looked = 0
        func look() -> Bool {
            looked += 1
            return false
        }
        #expect(timer.expired(at: 104 * Self.second, looksForContent: look) == nil)
        #expect(looked == 0)
        #expect(timer.expired(at: 105 * Self.second, looksForContent: look) == nil)
        #expect(looked == 1)
        #expect(timer.deadline == 110 * Self.second, "from now on it is told")
        timer.received(at: 106 * Self.second)
        #expect(timer.deadline == 110 * Self.second)
        var told = timer
        #expect(timer.expired(at: 110 * Self.second, looksForContent: look) == .firstByteTimeout)
        told.contentBegan()
        #expect(told.deadline == 109 * Self.second)
        #expect(told.expired(at: 109 * Self.second) == .idleTimeout)
    }

    @Test("Content found when the silence is too long: that is the idle timeout")
    func foundTooLate() {
        var timer = Self.timer(firstByte: 10, idle: 3, firstByteIsContent: false)
        timer.received(at: 101 * Self.second)
        #expect(timer.expired(at: 104 * Self.second, looksForContent: { true }) == .idleTimeout)
    }

    @Test("Without an idle timeout, and content before a byte")
    func contentWithoutIdle() {
        var timer = Self.timer(firstByte: 10, firstByteIsContent: false)
        timer.contentBegan()
        #expect(timer.deadline == 110 * Self.second, "there was no byte that could have been content")
        timer.received(at: 101 * Self.second)
        timer.contentBegan()
        timer.contentBegan()
        #expect(timer.deadline == TransferTimer.never)
        timer.received(at: 102 * Self.second)
        #expect(timer.deadline == TransferTimer.never)
    }

    @Test("While our consumer is slow the time for content stands still")
    func pausedBeforeContent() {
        var timer = Self.timer(firstByte: 10, idle: 5, total: 60, firstByteIsContent: false)
        timer.received(at: 101 * Self.second)
        timer.pause(at: 102 * Self.second)
        #expect(timer.deadline == 160 * Self.second)
        var told = timer
        timer.resume(at: 132 * Self.second)
        #expect(timer.deadline == 137 * Self.second)
        #expect(timer.expired(at: 137 * Self.second) == nil)
        #expect(timer.deadline == 140 * Self.second)
        #expect(timer.expired(at: 140 * Self.second) == .firstByteTimeout)
        told.contentBegan()
        #expect(told.deadline == 160 * Self.second)
        told.resume(at: 132 * Self.second)
        #expect(told.expired(at: 137 * Self.second) == .idleTimeout)
    }

    @Test("A deadline beyond the clock's end is none")
    func overflow() {
        let timer = TransferTimer(
            HTTPTimeouts(connect: nil, firstByte: .seconds(Int64.max), idle: nil, total: nil), start: 5)
        #expect(timer.deadline == TransferTimer.never)
    }
}

@Suite struct ContentMarkTests {
    @Test("The loop that looks first is told, once")
    func told() {
        let mark = ContentMark()
        let looks = [mark.look(), mark.look()]
        let reactions = [mark.begin(), mark.begin()]
        let found = mark.look()
        #expect(looks == [false, false])
        #expect(reactions == [.tellLoop, .nothing])
        #expect(found)
    }

    @Test("The loop that looks later finds it")
    func found() {
        let mark = ContentMark()
        let first = mark.begin()
        let found = mark.look()
        let second = mark.begin()
        #expect(first == .nothing)
        #expect(found)
        #expect(second == .nothing)
    }
}
