import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct KeyValueBucketTests {
    @Test func opensWhatIsThere() async throws {
        try await withBucket { _, connection, bucket in
            try await bucket.put("a", [1])
            var others = NATSKeyValueOptions(bucket: "test")
            others.history = 5
            others.timeToLive = .seconds(60)
            #expect(try await connection.keyValue(others).get("a")?.value == [1])
        }
    }

    @Test func manyMakeItAtOnce() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withConnection(options(server.url)) { one in
                try await withConnection(options(server.url)) { other in
                    try await withThrowingTaskGroup { group in
                        for number in 0..<20 {
                            let connection = number.isMultiple(of: 2) ? one : other
                            group.addTask {
                                // Not all alike: so that the server refuses some.
                                var mine = NATSKeyValueOptions(bucket: "shared")
                                mine.history = 1 + number % 4
                                try await connection.keyValue(mine).put("key.\(number)", [1])
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(try await one.keyValue(.init(bucket: "shared")).keys().count == 20)
                }
            }
        }
    }

    @Test func theOptionsArrive() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withConnection(options(server.url)) { connection in
                var mine = NATSKeyValueOptions(bucket: "mine")
                mine.history = 3
                mine.timeToLive = .seconds(90)
                mine.maxBytes = 100_000
                mine.storage = .memory
                let bucket = try await connection.keyValue(mine)
                let info = try await connection.request([], to: "$JS.API.STREAM.INFO.KV_mine", timeout: .seconds(5))
                for part in [
                    "\"max_msgs_per_subject\":3", "\"max_age\":90000000000", "\"max_bytes\":100000",
                    "\"storage\":\"memory\"", "\"discard\":\"new\"", "\"subjects\":[\"$KV.mine.\\u003e\"]",
                ] {
                    #expect(info.text.contains(part), "\(info.text)")
                }
                await expect(.noSpace) {
                    for number in 0..<20 { try await bucket.put("\(number)", [UInt8](repeating: 1, count: 10_000)) }
                }
            }
        }
    }

    @Test func withoutJetStream() async throws {
        try await withServerAndConnection { _, connection in
            await expect(.noJetStream) { _ = try await connection.keyValue(.test) }
        }
    }

    @Test func notForThisAccount() async throws {
        let configuration = """
            accounts { A { users: [{user: a, password: a}] }, B { jetstream: enabled, users: [{user: b, password: b}] } }
            """
        try await withNATSServer(jetStream: true, configuration: configuration) { server in
            let a = options(server.url, authentication: .userPassword(user: "a", password: "a"))
            try await withConnection(a) { connection in
                await expect(.noJetStream) { _ = try await connection.keyValue(.test) }
            }
            let b = options(server.url, authentication: .userPassword(user: "b", password: "b"))
            try await withConnection(b) { _ = try await $0.keyValue(.test) }
        }
    }

    @Test(arguments: ["", "a b", "a.b", "a*", "ä"]) func refusesWhatIsNoBucket(name: String) async throws {
        try await withServerAndConnection { _, connection in
            await expect(.invalidKey) { _ = try await connection.keyValue(.init(bucket: name)) }
        }
    }

    @Test func aBucketThatIsGone() async throws {
        try await withBucket { _, connection, bucket in
            try await bucket.put("a", [1])
            _ = try await connection.request([], to: "$JS.API.STREAM.DELETE.KV_test", timeout: .seconds(5))
            await expect(.noBucket) { _ = try await bucket.get("a") }
            await expect(.noBucket) { try await bucket.put("a", [1]) }
            await expect(.noBucket) { _ = try await bucket.keys() }
            await expect(.noBucket) { try await bucket.values { _ in } }
            _ = try await connection.keyValue(.test)
            try await bucket.put("a", [1])
        }
    }

    @Test func aServerThatComesBack() async throws {
        try await withNATSServer(jetStream: true) { server in
            let events = Events()
            try await withConnection(options(server.url), events: events) { connection in
                let bucket = try await connection.keyValue(.test)
                let revision = try await bucket.create("a", [1])
                await server.stop()
                try await events.first(where: \.isDisconnected)
                await expect(.timeout) { _ = try await bucket.get("a", timeout: .milliseconds(50)) }
                await expect(.timeout) { _ = try await bucket.keys(timeout: .milliseconds(50)) }
                async let waiting = bucket.get("a", timeout: .seconds(20))
                try await server.restart()
                #expect(try await waiting?.value == [1])
                try await bucket.update("a", [2], revision: revision)
                #expect(try await bucket.get("a")?.value == [2])
            }
        }
    }

    @Test func aServerThatIsHeldHoldsUpNobody() async throws {
        try await withBucket { server, connection, bucket in
            let value = [UInt8](repeating: 1, count: 900_000)
            server.pause()
            // More than the socket takes: the writing thread stands still, we do not.
            let clock = ContinuousClock()
            let start = clock.now
            await withTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        await expect(.timeout) {
                            try await bucket.put("\(number)", value, timeout: .milliseconds(300))
                        }
                    }
                }
            }
            #expect(clock.now - start < .seconds(3))
            server.resume()
            try await bucket.put("a", [1], timeout: .seconds(20))
        }
    }

    @Test func cancelAndClose() async throws {
        try await withBucket { server, connection, bucket in
            server.pause()
            let cancelled = Task { try await bucket.get("a", timeout: .seconds(30)) }
            let closed = Task { try await bucket.get("a", timeout: .seconds(30)) }
            cancelled.cancel()
            await expect(.cancelled) { _ = try await cancelled.value }
            server.resume()
            await connection.close()
            _ = await closed.result
            await expect(.closed) { _ = try await bucket.get("a") }
            await expect(.closed) { _ = try await bucket.keys() }
            await expect(.closed) { try await bucket.values { _ in } }
            await expect(.closed) { _ = try await connection.keyValue(.test) }
        }
    }
}
