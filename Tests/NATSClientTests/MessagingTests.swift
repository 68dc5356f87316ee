import FoundationEssentials
import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct MessagingTests {
    @Test func publishesAndSubscribes() async throws {
        try await withServerAndConnection { server, connection in
            #expect(connection.isConnected)
            #expect(connection.connectedServer == server.url)
            #expect(connection.maxPayload == 1 << 20)
            let subscription = try connection.subscribe("room.*")
            try connection.publish(Array("hello".utf8), to: "room.one")
            try connection.publish([], to: "room.two", reply: "answers.here")
            let messages = try await subscription.take(2)
            #expect(messages.map(\.subject) == ["room.one", "room.two"])
            #expect(messages.map(\.text) == ["hello", ""])
            #expect(messages.map(\.reply) == [nil, "answers.here"])
            #expect(messages.allSatisfy { $0.headers.isEmpty })
            #expect(messages.map(\.isTerminator) == [false, true])
        }
    }

    /// Also of several subscriptions, one of which hears all that another does, and of replies.
    @Test func whatAnotherConnectionPublishesComesInItsOrder() async throws {
        try await withServerAndConnection { server, connection in
            let (heard, continuation) = AsyncStream.makeStream(of: String.self)
            let hear: @Sendable (NATSMessage) -> Void = { continuation.yield($0.text) }
            let subscriptions = [
                try connection.subscribe("order.one", onMessage: hear),
                try connection.subscribe("order.two", queueGroup: "group", onMessage: hear),
                try connection.subscribe("order.*", onMessage: { if $0.text == "last" { continuation.finish() } }),
            ]
            try await connection.flush(timeout: .seconds(5))
            let count = 500
            try await withConnection(options(server.url)) { other in
                for number in 0..<count {
                    try other.publish(Array("\(number)".utf8), to: number % 3 == 0 ? "order.one" : "order.two")
                }
                try other.publish(Array("last".utf8), to: "order.three")
                try await other.flush(timeout: .seconds(5))
            }
            let numbers = try await withTimeout { await heard.reduce(into: [String]()) { $0.append($1) } }
            #expect(numbers == (0..<count).map(String.init))
            for subscription in subscriptions { await subscription.drain() }
        }
    }

    @Test func queueGroupGetsEachMessageOnce() async throws {
        try await withServerAndConnection { server, first in
            try await withConnection(options(server.url)) { second in
                let subscriptions = try [first, second].map { try $0.subscribe("work", queueGroup: "workers") }
                try await first.flush(timeout: .seconds(5))
                try await second.flush(timeout: .seconds(5))
                let count = 1000
                for number in 0..<count { try first.publish(Array("\(number)".utf8), to: "work") }
                try await first.flush(timeout: .seconds(5))
                for subscription in subscriptions { await subscription.drain() }
                var seen: [[Int]] = []
                for subscription in subscriptions {
                    seen.append([])
                    for await message in subscription { seen[seen.count - 1].append(try #require(Int(message.text))) }
                }
                #expect(seen.joined().sorted() == Array(0..<count))
                #expect(seen.allSatisfy { !$0.isEmpty })
            }
        }
    }

    @Test func headersMakeTheRoundTrip() async throws {
        try await withServerAndConnection { _, connection in
            let subscription = try connection.subscribe("with.headers")
            try connection.publish(
                [1, 0, 2], to: "with.headers",
                headers: [("X-Name", "value: with, all"), ("x-name", "other"), ("Many", "1"), ("Many", "2")])
            let message = try #require(try await subscription.take(1).first)
            #expect(message.payload == [1, 0, 2])
            #expect(message.headers["X-Name"] == "value: with, all")
            #expect(message.headers["x-name"] == "other")
            #expect(message.headers.values("Many") == ["1", "2"])
            #expect(message.headers["absent"] == nil)
            #expect(!message.isTerminator)
        }
    }

    @Test(arguments: [("Bad Name", "v"), ("", "v"), ("A:B", "v"), ("Ok", ""), ("Ok", "a\r\nEvil: b"), ("Ok", "a\0b")])
    func refusesHeaders(name: String, value: String) async throws {
        try await withServerAndConnection { _, connection in
            let error = #expect(throws: NATSError.self) {
                try connection.publish([1], to: "a", headers: [(name, value)])
            }
            #expect(error?.code == .invalidHeader)
        }
    }

    @Test func refusesWhatIsTooLarge() async throws {
        try await withNATSServer(configuration: "max_payload: 1000") { server in
            try await withConnection(options(server.url)) { connection in
                #expect(connection.maxPayload == 1000)
                let error = #expect(throws: NATSError.self) {
                    try connection.publish([UInt8](repeating: 1, count: 1001), to: "a")
                }
                #expect(error?.code == .tooLarge)
                try connection.publish([UInt8](repeating: 1, count: 1000), to: "a")
                try await connection.flush(timeout: .seconds(5))
                #expect(connection.isConnected)
            }
        }
    }

    @Test func refusesInvalidSubjects() async throws {
        try await withServerAndConnection { _, connection in
            for subject in ["", "a b", "a.*", "a..b"] {
                #expect(throws: NATSError.self) { try connection.publish([1], to: subject) }
                #expect(throws: NATSError.self) { try connection.publish([1], to: "ok", reply: subject) }
            }
            #expect(throws: NATSError.self) { try connection.subscribe("a b") }
            #expect(throws: NATSError.self) { try connection.subscribe("a", queueGroup: "b c") }
        }
    }

    @Test func bytesThatAreNoTextDoNoHarm() async throws {
        try await withServerAndConnection { server, connection in
            let subscription = try connection.subscribe("raw.>")
            try await connection.flush(timeout: .seconds(5))
            let header: [UInt8] = Array("NATS/1.0\r\nX-Y: ".utf8) + [0xC3, 0x28] + Array("\r\n\r\n".utf8)
            let head = "HPUB raw.".utf8 + [0xFF, 0xFE] + Array(" \(header.count) \(header.count + 2)\r\n".utf8)
            try RawClient(port: server.port).publish(Array(head) + header + Array("hi\r\n".utf8))
            let message = try #require(try await subscription.take(1).first)
            #expect(message.subject == "raw.\u{FFFD}\u{FFFD}")
            #expect(message.headers["X-Y"] == "\u{FFFD}(")
            #expect(message.text == "hi")
        }
    }

    /// What the library makes of some of these is its own affair; it must get over them, and the next message too.
    @Test(arguments: [
        "NATS/1.0\r\nEmpty: \r\n\r\n", "NATS/1.0\r\nEmpty:\r\n\r\n", "NATS/1.0\r\nEmpty: \r\nA: 1\r\n\r\n",
        "NATS/1.0\r\nA: 1\r\nEmpty: \r\n\r\n", "NATS/1.0\r\nNoColon\r\n\r\n", "NATS/1.0\r\n: 1\r\n\r\n",
        "NATS/1.0\r\n\r\n", "NATS/1.0 503\r\n\r\n", "NATS/1.0 503 No Responders\r\n\r\n", "NATS/1.0 \r\n\r\n",
        "NATS/1.0\r\nA: 1\r\n folded\r\n\r\n", "NATS/1.0\r\nA: 1", "NATS/1.0", "HTTP/1.1 200\r\n\r\n", "X",
        "\r\n\r\n", "NATS/1.0\r\nA: \0\r\n\r\n",
    ])
    func strangeHeadersDoNoHarm(header: String) async throws {
        try await withServerAndConnection { server, connection in
            let subscription = try connection.subscribe("raw")
            try await connection.flush(timeout: .seconds(5))
            let raw = try RawClient(port: server.port)
            for payload in ["", "hi", "\r\n\r\n"] {
                let count = header.utf8.count
                raw.publish(Array("HPUB raw \(count) \(count + payload.utf8.count)\r\n\(header)\(payload)\r\n".utf8))
            }
            raw.publish(Array("PUB raw 3\r\nend\r\n".utf8))
            // An empty one that says that nobody listens is the library's own affair.
            let keepsEmpty = !header.hasPrefix("NATS/1.0 503")
            let messages = try await subscription.take(keepsEmpty ? 4 : 3)
            #expect(messages.map(\.text) == (keepsEmpty ? [""] : []) + ["hi", "\r\n\r\n", "end"])
            #expect(connection.isConnected)
        }
    }
}
