import Testing

@testable import HTTPTransport

@Suite struct BodyBufferTests {
    private typealias Buffer = BodyBuffer<Int>

    private func offer(_ text: String, to buffer: inout Buffer) -> Buffer.Offer {
        let bytes = Array(text.utf8)
        return buffer.offer(bytes.span)
    }

    /// In words, to be compared.
    private func words(_ taken: Buffer.Taken) -> String {
        switch taken {
        case .chunk(let bytes, let resumeProducer):
            String(decoding: bytes, as: UTF8.self) + (resumeProducer ? ", go on" : "")
        case .waiting: "(wait)"
        case .end(let error): "(end\(error.map { " \($0)" } ?? ""))"
        }
    }

    private func words(_ handedOver: (waiter: Int, taken: Buffer.Taken)?) -> String? {
        handedOver.map { "\($0.waiter): " + words($0.taken) }
    }

    @Test("Full at its bound, and the producer is asked again after the next take")
    func bound() {
        var buffer = Buffer(limit: 4)
        #expect(offer("abc", to: &buffer) == .stored)
        #expect(offer("def", to: &buffer) == .stored)
        #expect(offer("g", to: &buffer) == .full)
        #expect(words(buffer.take(nil)) == "abcdef, go on")
        #expect(offer("g", to: &buffer) == .stored)
        #expect(words(buffer.take(nil)) == "g")
        #expect(words(buffer.take(nil)) == "(wait)")
    }

    @Test("Who waits gets all that came, when it is handed over and not before")
    func handOver() {
        var buffer = Buffer(limit: 4)
        #expect(words(buffer.handOver()) == nil, "nobody waits")
        #expect(words(buffer.take(7)) == "(wait)")
        #expect(words(buffer.handOver()) == nil, "nothing came")
        #expect(offer("abc", to: &buffer) == .stored)
        #expect(offer("de", to: &buffer) == .stored)
        #expect(offer("f", to: &buffer) == .full)
        #expect(words(buffer.handOver()) == "7: abcde, go on")
        #expect(words(buffer.handOver()) == nil)
        #expect(offer("f", to: &buffer) == .stored)
        #expect(words(buffer.handOver()) == nil, "nobody waits any more")
        #expect(words(buffer.take(8)) == "f")
    }

    @Test("The end comes after the bytes, an error once")
    func end() {
        var buffer = Buffer(limit: 4)
        #expect(words(buffer.take(7)) == "(wait)")
        #expect(offer("b", to: &buffer) == .stored)
        #expect(words(buffer.finish(HTTPError(.connectionLost))) == "7: b")
        #expect(words(buffer.finish(nil)) == nil)
        #expect(words(buffer.take(8)) == "(end connectionLost)")
        #expect(words(buffer.take(9)) == "(end)")
        #expect(offer("c", to: &buffer) == .closed)
    }

    @Test("The end alone wakes who waits")
    func endOnly() {
        var buffer = Buffer(limit: 4)
        #expect(words(buffer.take(7)) == "(wait)")
        #expect(words(buffer.finish(nil)) == "7: (end)")
        #expect(words(buffer.handOver()) == nil)
    }

    @Test("Closing drops the bytes and wakes who waits")
    func close() {
        var buffer = Buffer(limit: 4)
        #expect(words(buffer.take(7)) == "(wait)")
        #expect(offer("a", to: &buffer) == .stored)
        #expect(buffer.close() == 7)
        #expect(buffer.close() == nil)
        #expect(words(buffer.handOver()) == nil)
        #expect(offer("a", to: &buffer) == .closed)
        #expect(words(buffer.finish(nil)) == nil)
        #expect(words(buffer.take(8)) == "(end cancelled)")
    }
}
