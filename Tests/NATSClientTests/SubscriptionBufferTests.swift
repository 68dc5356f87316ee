import FoundationEssentials
import Testing

@testable import NATSClient

@Suite struct SubscriptionBufferTests {
    private typealias Buffer = SubscriptionBuffer<String>

    private func message(_ text: String) -> NATSMessage { NATSMessage(subject: "a", payload: Array(text.utf8)) }

    /// What is taken, in words.
    private func take(_ buffer: inout Buffer) -> String {
        var batch: [NATSMessage] = []
        switch buffer.take(into: &batch) {
        case .messages: return batch.map { String(decoding: $0.payload, as: UTF8.self) }.joined(separator: ",")
        case .wait(let turn): return "wait \(turn)"
        case .end: return "end"
        }
    }

    private func append(_ text: String, to buffer: inout Buffer) -> String { "\(buffer.append(message(text)))" }

    @Test func wakesTheConsumerOnce() {
        var buffer = Buffer(messageLimit: 10, byteLimit: 1000)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.store("consumer", turn: 1) == nil)
        #expect(append("1", to: &buffer) == "wake(\"consumer\")")
        #expect(append("2", to: &buffer) == "stored")
        #expect(take(&buffer) == "1,2")
        #expect(take(&buffer) == "wait 2")
    }

    @Test func aMessageBetweenTakingAndStoringIsSeen() {
        var buffer = Buffer(messageLimit: 10, byteLimit: 1000)
        #expect(take(&buffer) == "wait 1")
        #expect(append("1", to: &buffer) == "stored")
        #expect(buffer.store("consumer", turn: 1) == "consumer")
        #expect(take(&buffer) == "1")
    }

    @Test func aCancellationBeforeStoringIsSeen() {
        var buffer = Buffer(messageLimit: 10, byteLimit: 1000)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.cancel(turn: 1) == nil)
        #expect(buffer.store("consumer", turn: 1) == "consumer")
    }

    @Test func aLateCancellationDoesNotEndTheNextWait() {
        var buffer = Buffer(messageLimit: 10, byteLimit: 1000)
        #expect(take(&buffer) == "wait 1")
        #expect(buffer.store("first", turn: 1) == nil)
        #expect(append("1", to: &buffer) == "wake(\"first\")")
        #expect(take(&buffer) == "1")
        #expect(take(&buffer) == "wait 2")
        #expect(buffer.cancel(turn: 1) == nil)
        #expect(buffer.store("second", turn: 2) == nil)
        #expect(buffer.cancel(turn: 2) == "second")
    }

    @Test func dropsBeyondItsLimits() {
        var buffer = Buffer(messageLimit: 2, byteLimit: 5)
        #expect(append("1", to: &buffer) == "stored")
        #expect(append("2", to: &buffer) == "stored")
        #expect(append("3", to: &buffer) == "dropped(isFirst: true)")
        #expect(append("4", to: &buffer) == "dropped(isFirst: false)")
        #expect(take(&buffer) == "1,2")
        #expect(append("5", to: &buffer) == "stored")
        #expect(append("678901", to: &buffer) == "dropped(isFirst: true)")
        #expect(take(&buffer) == "5")
        #expect(append("678901", to: &buffer) == "stored", "one alone is held, whatever its size")
        #expect(append("2", to: &buffer) == "dropped(isFirst: true)")
        #expect(take(&buffer) == "678901")
        #expect(buffer.dropped == 4)
    }

    @Test func finishingWakesTheConsumer() {
        var full = Buffer(messageLimit: 1, byteLimit: 10)
        #expect(append("1", to: &full) == "stored")
        let nobody = full.finish()
        #expect(nobody == nil)
        #expect(append("2", to: &full) == "discarded")
        #expect(take(&full) == "1")
        #expect(take(&full) == "end")

        var empty = Buffer(messageLimit: 1, byteLimit: 10)
        #expect(take(&empty) == "wait 1")
        let stored = empty.store("consumer", turn: 1)
        #expect(stored == nil)
        let waiter = empty.finish()
        #expect(waiter == "consumer")
        #expect(take(&empty) == "end")
    }

    @Test func finishingBetweenTakingAndStoringIsSeen() {
        var buffer = Buffer(messageLimit: 1, byteLimit: 10)
        #expect(take(&buffer) == "wait 1")
        let nobody = buffer.finish()
        #expect(nobody == nil)
        #expect(buffer.store("consumer", turn: 1) == "consumer")
    }
}
