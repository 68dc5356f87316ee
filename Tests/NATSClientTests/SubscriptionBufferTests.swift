import Concurrency
import FoundationEssentials
import Testing

@testable import NATSClient

@Suite struct SubscriptionBufferTests {
    private func message(_ text: String) -> NATSMessage { NATSMessage(subject: "a", payload: Array(text.utf8)) }

    /// What is taken, in words.
    private func take(_ buffer: inout SubscriptionBuffer) -> String {
        var batch: [NATSMessage] = []
        switch buffer.take(into: &batch) {
        case .messages: return batch.map { String(decoding: $0.payload, as: UTF8.self) }.joined(separator: ",")
        case .wait: return "wait"
        case .end: return "end"
        }
    }

    /// The slot in which the consumer waits.
    private func wait(_ buffer: inout SubscriptionBuffer) throws -> WaitSlot<Void> {
        var batch: [NATSMessage] = []
        guard case .wait(let slot) = buffer.take(into: &batch) else { throw Unexpected() }
        return slot
    }

    private struct Unexpected: Error {}

    /// What becomes of a message, in words.
    private func append(
        _ text: String, to buffer: inout SubscriptionBuffer, waking slot: WaitSlot<Void>? = nil
    ) -> String {
        switch buffer.append(message(text)) {
        case .stored: "stored"
        case .wake(let waiter): waiter === slot ? "wake" : "wake another"
        case .dropped(let isFirst): isFirst ? "dropped first" : "dropped"
        }
    }

    @Test func wakesTheConsumerOnce() throws {
        var buffer = SubscriptionBuffer(messageLimit: 10, byteLimit: 1000)
        let slot = try wait(&buffer)
        #expect(append("1", to: &buffer, waking: slot) == "wake")
        #expect(append("2", to: &buffer) == "stored")
        #expect(take(&buffer) == "1,2")
        #expect(take(&buffer) == "wait")
    }

    @Test func eachWaitHasASlotOfItsOwn() throws {
        var buffer = SubscriptionBuffer(messageLimit: 10, byteLimit: 1000)
        let cancelled = try wait(&buffer)
        let slot = try wait(&buffer)
        #expect(slot !== cancelled)
        #expect(append("1", to: &buffer, waking: slot) == "wake")
    }

    @Test func dropsBeyondItsLimits() {
        var buffer = SubscriptionBuffer(messageLimit: 2, byteLimit: 5)
        #expect(append("1", to: &buffer) == "stored")
        #expect(append("2", to: &buffer) == "stored")
        #expect(append("3", to: &buffer) == "dropped first")
        #expect(append("4", to: &buffer) == "dropped")
        #expect(take(&buffer) == "1,2")
        #expect(append("5", to: &buffer) == "stored")
        #expect(append("678901", to: &buffer) == "dropped first")
        #expect(take(&buffer) == "5")
        #expect(append("678901", to: &buffer) == "stored", "one alone is held, whatever its size")
        #expect(append("2", to: &buffer) == "dropped first")
        #expect(take(&buffer) == "678901")
        #expect(buffer.dropped == 4)
    }

    @Test func finishingWakesTheConsumer() throws {
        var full = SubscriptionBuffer(messageLimit: 1, byteLimit: 10)
        #expect(append("1", to: &full) == "stored")
        let nobody = full.finish()
        #expect(nobody == nil)
        #expect(append("2", to: &full) == "stored")
        #expect(take(&full) == "1")
        #expect(take(&full) == "end")

        var empty = SubscriptionBuffer(messageLimit: 1, byteLimit: 10)
        let slot = try wait(&empty)
        let waiter = empty.finish()
        #expect(waiter === slot)
        #expect(take(&empty) == "end")
    }
}
