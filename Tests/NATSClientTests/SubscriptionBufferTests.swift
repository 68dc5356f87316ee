import FoundationEssentials
import Testing

@testable import NATSClient

@Suite struct SubscriptionBufferTests {
    private typealias Buffer = SubscriptionBuffer<String>

    private func message(_ text: String) -> NATSMessage { NATSMessage(subject: "a", payload: Data(text.utf8)) }

    /// What is taken, in words.
    private func take(_ buffer: inout Buffer) -> String {
        var batch: [NATSMessage] = []
        switch buffer.take(into: &batch) {
        case .messages(let producers):
            return batch.map { String(decoding: $0.payload, as: UTF8.self) }.joined(separator: ",") + " +\(producers)"
        case .wait(let turn): return "wait \(turn)"
        case .end: return "end"
        }
    }

    private func append(_ text: String, to buffer: inout Buffer) -> String { "\(buffer.append(message(text)))" }

    @Test func wakesTheConsumerOnce() {
        var buffer = Buffer(limit: 10)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.store("consumer", turn: 1) == nil)
        #expect(append("1", to: &buffer) == "wake(\"consumer\")")
        #expect(append("2", to: &buffer) == "stored")
        #expect(take(&buffer) == "1,2 +0")
        #expect(take(&buffer) == "wait 2")
    }

    @Test func aMessageBetweenTakingAndStoringIsSeen() {
        var buffer = Buffer(limit: 10)
        #expect(take(&buffer) == "wait 1")
        #expect(append("1", to: &buffer) == "stored")
        #expect(buffer.store("consumer", turn: 1) == "consumer")
        #expect(take(&buffer) == "1 +0")
    }

    @Test func aCancellationBeforeStoringIsSeen() {
        var buffer = Buffer(limit: 10)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.cancel(turn: 1) == nil)
        #expect(buffer.store("consumer", turn: 1) == "consumer")
    }

    @Test func aLateCancellationDoesNotEndTheNextWait() {
        var buffer = Buffer(limit: 10)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.store("first", turn: 1) == nil)
        #expect(append("1", to: &buffer) == "wake(\"first\")")
        #expect(take(&buffer) == "1 +0")
        #expect(take(&buffer) == "wait 2")
        #expect(buffer.cancel(turn: 1) == nil)
        #expect(buffer.store("second", turn: 2) == nil)
        #expect(buffer.cancel(turn: 2) == "second")
    }

    @Test func holdsTheProducerBackAtTheLimit() {
        var buffer = Buffer(limit: 2)
        #expect(append("1", to: &buffer) == "stored")
        #expect(append("2", to: &buffer) == "stored")
        #expect(append("3", to: &buffer) == "full")
        #expect(take(&buffer) == "1,2 +1")
        #expect(append("3", to: &buffer) == "stored")
        #expect(take(&buffer) == "3 +0")
    }

    @Test func drainingLiftsTheLimit() {
        var buffer = Buffer(limit: 1)
        #expect(append("1", to: &buffer) == "stored")
        #expect(append("2", to: &buffer) == "full")
        #expect(buffer.beginDraining().producers == 1)
        #expect(append("2", to: &buffer) == "stored")
        #expect(append("3", to: &buffer) == "stored")
        #expect(buffer.finish().producers == 0)
        #expect(take(&buffer) == "1,2,3 +0")
        #expect(take(&buffer) == "end")
    }

    @Test func finishingWakesAndReleasesEverybody() {
        var full = Buffer(limit: 1)
        #expect(append("1", to: &full) == "stored")
        #expect(append("2", to: &full) == "full")
        #expect(full.finish().producers == 1)
        #expect(append("2", to: &full) == "discarded")
        #expect(take(&full) == "1 +0")
        #expect(take(&full) == "end")

        var empty = Buffer(limit: 1)
        #expect(take(&empty) == "wait 1")
        #expect(empty.store("consumer", turn: 1) == nil)
        #expect(empty.finish().waiter == "consumer")
        #expect(take(&empty) == "end")
    }

    @Test func finishingBetweenTakingAndStoringIsSeen() {
        var buffer = Buffer(limit: 1)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.finish().waiter == nil)
        #expect(buffer.store("consumer", turn: 1) == "consumer")
    }
}
