import FoundationEssentials
import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReconnectTests {
    @Test func theServerComesLater() async throws {
        try await withNATSServer { server in
            await server.stop()
            let events = Events()
            try await withConnection(options(server.url), events: events) { connection in
                #expect(!connection.isConnected)
                #expect(connection.connectedServer == nil)
                try await events.first(where: \.isDisconnected)
                let subscription = try connection.subscribe("a")
                try connection.publish([7], to: "a")
                try await server.restart()
                #expect(try await events.first(where: \.isConnected) == .connected(server: server.url))
                #expect(try await subscription.take(1).map(\.payload) == [[7]])
            }
        }
    }

    @Test func whatIsPublishedMeanwhileArrives() async throws {
        try await withNATSServer { server in
            let events = Events()
            try await withConnection(options(server.url), events: events) { connection in
                try await events.first(where: \.isConnected)
                let subscription = try connection.subscribe("a")
                let responder = try connection.subscribe("echo")
                try connection.publish(Array("before".utf8), to: "a")
                #expect(try await subscription.take(1).map(\.text) == ["before"])
                await server.kill()
                try await events.first(where: \.isDisconnected)
                for number in 0..<1000 { try connection.publish(Array("\(number)".utf8), to: "a") }
                async let answer = connection.request([1], to: "echo", timeout: .seconds(20))
                try await server.restart()
                try await events.first(where: \.isReconnected)
                #expect(try await subscription.take(1000).map(\.text) == (0..<1000).map { "\($0)" })
                let question = try #require(try await responder.take(1).first)
                try connection.publish(Array("yes".utf8), to: #require(question.reply))
                #expect(try await answer.text == "yes")
            }
        }
    }

    @Test func theBufferIsBounded() async throws {
        try await withNATSServer { server in
            let events = Events()
            var small = options(server.url)
            small.reconnectBufferBytes = 10_000
            try await withConnection(small, events: events) { connection in
                await server.kill()
                try await events.first(where: \.isDisconnected)
                let error = #expect(throws: NATSError.self) {
                    for _ in 0..<100 { try connection.publish([UInt8](repeating: 1, count: 1000), to: "a") }
                }
                #expect(error?.code == .bufferFull)
                #expect(error?.isRetryable == true)
            }
        }
    }

    @Test func aServerThatIsHeldCountsAsLost() async throws {
        try await withNATSServer { server in
            let events = Events()
            var hurried = options(server.url)
            hurried.pingInterval = .milliseconds(50)
            try await withConnection(hurried, events: events) { connection in
                try await events.first(where: \.isConnected)
                server.pause()
                try await events.first(where: \.isDisconnected)
                #expect(!connection.isConnected)
                server.resume()
                try await events.first(where: \.isReconnected)
                try await connection.flush(timeout: .seconds(5))
            }
        }
    }

    @Test func drainAndCloseWithoutAServer() async throws {
        try await withNATSServer { server in
            let events = Events()
            try await withConnection(options(server.url), events: events) { connection in
                let subscription = try connection.subscribe("a")
                try connection.publish([1], to: "a")
                try await connection.flush(timeout: .seconds(5))
                await server.kill()
                try await events.first(where: \.isDisconnected)
                try await withTimeout { await subscription.drain() }
                let count = await subscription.reduce(into: 0) { count, _ in count += 1 }
                #expect(count == 1)
                try await withTimeout { await connection.close() }
                #expect(
                    try await events.first { if case .closed = $0 { true } else { false } }
                        == .closed(reason: "closed by its owner"))
            }
        }
    }

    @Test(arguments: ["", "nats://", "http://127.0.0.1", "nats://a b", "nats://u:secret@:x:y"])
    func refusesWhatIsNoServer(url: String) async throws {
        let error = await #expect(throws: NATSError.self) {
            try await NATSConnection.connect(options(url)) { _ in }
        }
        #expect(error?.code == .badOptions)
        #expect(error.map { "\($0)" + String(reflecting: $0) }?.contains("secret") == false)
    }
}
