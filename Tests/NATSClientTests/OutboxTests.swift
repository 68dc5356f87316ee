import Testing

@testable import NATSClient

@Suite struct OutboxTests {
    private func message(_ text: String, bytes: Int = 0) -> OutgoingMessage {
        OutgoingMessage(subject: text, reply: nil, headers: [], payload: [UInt8](repeating: 1, count: bytes))
    }

    /// What becomes of a message, in words; it is added if it is to wait.
    private func publish(_ text: String, bytes: Int = 0, to outbox: inout Outbox<String>) -> String {
        let message = message(text, bytes: bytes)
        switch outbox.admit(message.size) {
        case .send(let link): return "send on \(link)"
        case .queue(let told):
            outbox.add(message)
            return "wait, tell \(told ?? "nobody")"
        case .full: return "full"
        }
    }

    /// What goes to the library now.
    private func sent(_ outbox: inout Outbox<String>) -> [String] {
        var subjects: [String] = []
        while let item = outbox.next() {
            switch item {
            case .message(let message): subjects.append(message.subject)
            case .work: subjects.append("work")
            }
        }
        return subjects
    }

    @Test func whatAClosedConnectionDidNotTakeIsFirstOnTheNext() {
        var outbox = Outbox<String>(limit: 1000)
        outbox.connected("one", direct: true)
        #expect(publish("a", to: &outbox) == "send on one")
        outbox.putBack(message("a"))
        #expect(outbox.link == nil)
        #expect(publish("b", to: &outbox) == "wait, tell nobody")
        outbox.connected("two", direct: false)
        guard case .message(let first)? = outbox.next() else { return #expect(Bool(false)) }
        #expect(first.subject == "a")
        outbox.putBack(first)
        #expect(publish("c", to: &outbox) == "wait, tell nobody")
        outbox.connected("three", direct: true)
        #expect(sent(&outbox) == ["a", "b", "c"])
    }

    @Test func goesStraightThroughWhileAServerIsThere() {
        var outbox = Outbox<String>(limit: 1000)
        #expect(outbox.link == nil)
        outbox.connected("link", direct: true)
        #expect(outbox.directLink == "link")
        #expect(publish("a", to: &outbox) == "send on link")
        #expect(outbox.isEmpty)
    }

    @Test func waitsInOrderWhileNobodyIsThere() {
        var outbox = Outbox<String>(limit: 1000)
        #expect(publish("a", to: &outbox) == "wait, tell nobody")
        let told = outbox.add {}
        #expect(told == nil)
        #expect(publish("b", to: &outbox) == "wait, tell nobody")
        #expect(sent(&outbox).isEmpty)
        outbox.connected("link", direct: true)
        #expect(publish("c", to: &outbox) == "wait, tell nobody", "it must not overtake")
        #expect(sent(&outbox) == ["a", "work", "b", "c"])
        #expect(publish("d", to: &outbox) == "send on link")
    }

    @Test func isBounded() {
        var outbox = Outbox<String>(limit: 300)
        #expect(publish("a", bytes: 200, to: &outbox) == "wait, tell nobody")
        #expect(publish("b", bytes: 200, to: &outbox) == "full")
        outbox.connected("link", direct: true)
        #expect(sent(&outbox) == ["a"])
        outbox.disconnected()
        #expect(publish("b", bytes: 200, to: &outbox) == "wait, tell nobody")
    }

    @Test func waitsWhileTheServerDoesNotRead() {
        var outbox = Outbox<String>(limit: 1000)
        outbox.connected("link", direct: true)
        #expect(publish("large", bytes: Outbox<String>.libraryLimit, to: &outbox) == "send on link")
        #expect(publish("a", to: &outbox) == "wait, tell nobody")
        #expect(sent(&outbox).isEmpty)
        outbox.written(left: 10)
        #expect(sent(&outbox) == ["a"])
    }

    @Test func onlyItsLoopGivesALinkThatMayBlockMessages() {
        var outbox = Outbox<String>(limit: 1000)
        outbox.connected("link", direct: false)
        #expect(outbox.directLink == nil)
        #expect(publish("a", to: &outbox) == "wait, tell link")
        #expect(publish("b", to: &outbox) == "wait, tell nobody", "it has been told")
        #expect(sent(&outbox) == ["a", "b"])
        #expect(publish("c", to: &outbox) == "wait, tell link")
    }

    @Test func closingGivesBackTheWork() {
        var outbox = Outbox<String>(limit: 1000)
        _ = publish("a", to: &outbox)
        _ = outbox.add {}
        let work = outbox.close()
        #expect(work.count == 1)
        #expect(outbox.isEmpty)
    }
}
