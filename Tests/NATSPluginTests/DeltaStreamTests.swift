import CoreTestSupport
import Synchronization
import Testing

@testable import NATSPlugin

@Suite("A stream of pieces")
struct DeltaStreamTests {
    private let time = ManualTime()
    private let sent = Recorder<String>()

    private func gatherer(_ interval: Duration = .milliseconds(30)) -> DeltaGatherer {
        DeltaGatherer(interval: interval, time: time, perform: { $0() })
    }

    private func open(_ gatherer: DeltaGatherer, _ name: String = "") -> DeltaStream {
        gatherer.open { [sent] text, number in
            sent.append("\(name)\(number):\(text)")
            return 1
        }
    }

    @Test("sends the first at once, the rest by the timer, and what is left at its end")
    func gathers() {
        let stream = open(gatherer())
        for word in ["a", "b", "c"] { stream.take(word) }
        #expect(sent.all == ["0:a"])
        time.advance(by: .milliseconds(29))
        #expect(sent.all == ["0:a"])
        time.advance(by: .milliseconds(1))
        #expect(sent.all == ["0:a", "1:bc"])
        stream.take("d")
        stream.finish()
        #expect(sent.all == ["0:a", "1:bc", "2:d"])
        stream.take("e")
        time.advance(by: .seconds(1))
        #expect(sent.all == ["0:a", "1:bc", "2:d"])
    }

    @Test("gathers while the bus is away, and says it all when it is back")
    func away() {
        let isOpen = Mutex(true)
        let gatherer = DeltaGatherer(
            interval: .milliseconds(30), time: time, isOpen: { isOpen.withLock { $0 } }, perform: { $0() })
        let stream = open(gatherer)
        stream.take("a")
        isOpen.withLock { $0 = false }
        for word in ["b", "c", "d"] {
            stream.take(word)
            time.advance(by: .seconds(1))
        }
        #expect(sent.all == ["0:a"])
        isOpen.withLock { $0 = true }
        time.advance(by: .milliseconds(100))
        #expect(sent.all == ["0:a", "1:bcd"])
        isOpen.withLock { $0 = false }
        stream.take("e")
        stream.finish()
        #expect(sent.all == ["0:a", "1:bcd", "2:e"])
    }

    @Test("counts the messages that a large piece takes")
    func large() {
        let stream = gatherer(.zero).open { [sent] text, number in
            sent.append("\(number):\(text)")
            return text.utf8.count
        }
        for word in ["a", "bcd", "e"] { stream.take(word) }
        #expect(sent.all == ["0:a", "1:bcd", "4:e"])
    }

    @Test("shares its timer with a thousand others, and leaves nothing behind")
    func shared() {
        let gatherer = gatherer()
        let streams = (0..<1000).map { open(gatherer, "\($0)-") }
        for word in ["a", "b"] {
            for stream in streams { stream.take(word) }
        }
        #expect(time.timersSet == 1)
        time.advance(by: .milliseconds(30))
        #expect(sent.all.count == 2000)
        #expect(Set(sent.all.suffix(1000)) == Set((0..<1000).map { "\($0)-1:b" }))
        for stream in streams { stream.finish() }
        time.advance(by: .seconds(1))
        #expect(sent.all.count == 2000)
        #expect(time.timerCount == 0)
    }

    @Test("keeps its order when its timer and its pieces come from different threads at once")
    func threads() async throws {
        let gatherer = gatherer(.nanoseconds(1))
        let texts = Mutex<[(Int, String)]>([])
        let stream = gatherer.open { text, number in
            texts.withLock { $0.append((number, text)) }
            return 1
        }
        try await within { [time] in
            await withDiscardingTaskGroup { group in
                group.addTask { for number in 0..<5000 { stream.take("\(number) ") } }
                group.addTask { for _ in 0..<5000 { time.advance(by: .nanoseconds(1)) } }
            }
        }
        stream.finish()
        let all = texts.withLock { $0 }
        #expect(all.map(\.0) == Array(all.indices))
        #expect(all.map(\.1).joined() == (0..<5000).map { "\($0) " }.joined())
    }
}
