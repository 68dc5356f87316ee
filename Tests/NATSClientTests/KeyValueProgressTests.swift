import FoundationEssentials
import Testing

@testable import NATSClient

@Suite struct KeyValueProgressTests {
    private func progress(initial: UInt64) throws -> KeyValueProgress {
        KeyValueProgress(try KeyValueNames(bucket: "b"), initial: initial)
    }

    private func told(_ key: String, _ value: [UInt8]?, _ revision: UInt64) -> KeyValueProgress.Step {
        .tell(KeyValueChange(key: key, value: value, revision: revision))
    }

    private func message(
        _ key: String, _ number: UInt64, pending: UInt64, operation: String? = nil, bucket: String = "b"
    ) -> NATSMessage {
        NATSMessage(
            subject: "$KV.\(bucket).\(key)", reply: "$JS.ACK.KV_b.c.1.\(number + 10).\(number).0.\(pending)",
            payload: [1], headers: NATSHeaders(operation.map { [("KV-Operation", $0)] } ?? []))
    }

    private func status(_ fields: [(name: String, value: String)], reply: String? = nil) -> NATSMessage {
        NATSMessage(subject: "inbox", reply: reply, headers: NATSHeaders(fields))
    }

    @Test func tellsWhenAllIsThere() throws {
        var progress = try progress(initial: 2)
        #expect(!progress.isCurrent)
        #expect(progress.receive(message("x", 1, pending: 1)) == told("x", [1], 11))
        #expect(!progress.isCurrent)
        #expect(progress.receive(message("y", 2, pending: 0)) == told("y", [1], 12))
        #expect(progress.isCurrent)
        #expect(progress.receive(message("x", 3, pending: 0, operation: "PURGE")) == told("x", nil, 13))
        #expect(progress.receive(message("x", 4, pending: 0, bucket: "c")) == .nothing)
    }

    @Test func isCurrentThoughSomebodyAlwaysWrites() throws {
        var progress = try progress(initial: 1)
        _ = progress.receive(message("x", 1, pending: 5))
        #expect(!progress.isCurrent)
        _ = progress.receive(message("y", 2, pending: 5))
        #expect(progress.isCurrent)
    }

    @Test func seesGaps() throws {
        var progress = try progress(initial: 0)
        #expect(progress.receive(message("x", 2, pending: 0)) == .lost)
        _ = progress.receive(message("x", 1, pending: 0))
        let heartbeat = { self.status([("Status", "100"), ("Nats-Last-Consumer", $0)]) }
        #expect(progress.receive(heartbeat("1")) == .nothing)
        #expect(progress.receive(heartbeat("2")) == .lost)
        #expect(progress.receive(status([("Status", "409")])) == .lost)
        #expect(progress.receive(status([])) == .lost)
    }

    @Test func answersTheServer() throws {
        var progress = try progress(initial: 0)
        #expect(progress.receive(status([("Status", "100")], reply: "$JS.FC.x")) == .answer("$JS.FC.x"))
        #expect(
            progress.receive(status([("Status", "100"), ("Nats-Consumer-Stalled", "$JS.FC.y")])) == .answer("$JS.FC.y"))
    }

    @Test(arguments: [
        ("$JS.ACK.s.c.1.20.3.99.4", true), ("$JS.ACK.domain.hash.s.c.1.20.3.99.4", true),
        ("$JS.ACK.domain.hash.s.c.1.20.3.99.4.token", true), ("$JS.ACK.s.c.1.20.3.99", false),
        ("$JS.ACK.s.c.1.x.3.99.4", false), ("$JS.ACK.s.c.1.20.3.99.4.5", false), ("", false),
    ])
    func parsesReplies(reply: String, isValid: Bool) {
        let numbers = KeyValueProgress.parse(reply)
        #expect((numbers != nil) == isValid)
        if let numbers { #expect(numbers == (20, 3, 4)) }
    }

    @Test(arguments: [
        ("NATS/1.0\r\nKV-Operation: DEL\r\n\r\n", true), ("NATS/1.0\r\nA: b\r\nKV-Operation:PURGE\r\n\r\n", true),
        ("NATS/1.0\r\nKV-Operation: PUT\r\n\r\n", false), ("NATS/1.0\r\nX: KV-Operation: DEL\r\n\r\n", false),
        ("", false),
    ])
    func knowsMarkers(headers: String, isMarker: Bool) {
        #expect(KeyValueMarker.isMarker(headers: Data(headers.utf8)) == isMarker)
    }
}
