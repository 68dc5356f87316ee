import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct KeyValueWatchTests {
    @Test func presentValuesThenChanges() async throws {
        try await withBucket { server, _, bucket in
            let one = try await bucket.put("a.1", [1])
            try await bucket.put("a.2", [2])
            let two = try await bucket.put("a.2", [])
            try await bucket.put("gone", [3])
            try await bucket.delete("gone")
            let reader = ChangeReader(try await bucket.watch())
            #expect(
                try await reader.upToCurrent() == [
                    .changed(key: "a.1", value: [1], revision: one), .changed(key: "a.2", value: [], revision: two),
                ])
            try await withConnection(options(server.url)) { other in
                let second = try await other.keyValue(.test)
                let three = try await second.put("b", [4])
                #expect(try await reader.next() == .changed(key: "b", value: [4], revision: three))
                try await second.delete("b")
                #expect(try await reader.next() == .changed(key: "b", value: nil, revision: three + 1))
            }
            await reader.cancel()
            await expect(.cancelled) { _ = try await reader.next() }
        }
    }

    @Test func anEmptyBucketIsCurrentAtOnce() async throws {
        try await withBucket { _, _, bucket in
            let reader = ChangeReader(try await bucket.watch())
            #expect(try await reader.next() == .current)
            let revision = try await bucket.put("a", [1])
            #expect(try await reader.next() == .changed(key: "a", value: [1], revision: revision))
        }
    }

    @Test func closeEndsIt() async throws {
        try await withBucket { _, connection, bucket in
            let readers = try await [ChangeReader(bucket.watch()), ChangeReader(bucket.watch())]
            for reader in readers { #expect(try await reader.next() == .current) }
            let waiting = Task { try await readers[0].next() }
            try await withTimeout { await connection.close() }
            #expect(try await waiting.value == nil)
            #expect(try await readers[1].next() == nil)
        }
    }

    /// More than the server sends without being asked to go on, read late.
    @Test func aSlowReaderGetsAll() async throws {
        try await withBucket { _, _, bucket in
            let changes = try await bucket.watch()
            let value = [UInt8](repeating: 7, count: 200_000)
            for number in 0..<100 { try await bucket.put("key.\(number)", value, timeout: .seconds(20)) }
            let reader = ChangeReader(changes)
            #expect(try await reader.next() == .current)
            for number in 0..<100 {
                guard case .changed(let key, let got?, _) = try await reader.next() else {
                    Issue.record("no value")
                    return
                }
                #expect(key == "key.\(number)" && got == value)
            }
        }
    }

    @Test(arguments: [true, false]) func goesOnAfterTheServerIsBack(inGoodOrder: Bool) async throws {
        try await withNATSServer(jetStream: true) { server in
            let events = Events()
            try await withConnection(options(server.url), events: events) { connection in
                let bucket = try await connection.keyValue(.test)
                let kept = try await bucket.put("kept", [1])
                try await bucket.put("deleted", [1])
                let reader = ChangeReader(try await bucket.watch())
                #expect(try await reader.upToCurrent().count == 2)
                if inGoodOrder { await server.stop() } else { await server.kill() }
                try await events.first(where: \.isDisconnected)
                try await server.restart()
                try await events.first(where: \.isReconnected)
                try await bucket.delete("deleted", timeout: .seconds(10))
                #expect(
                    try await reader.upToCurrent() == [
                        .changed(key: "kept", value: [1], revision: kept),
                        .changed(key: "deleted", value: nil, revision: kept + 2),
                    ])
                let next = try await bucket.put("new", [2])
                #expect(try await reader.next() == .changed(key: "new", value: [2], revision: next))
            }
        }
    }

    @Test func whatIsNoLongerWatchedLeavesNothingBehind() async throws {
        try await withBucket { _, connection, bucket in
            for _ in 0..<50 { _ = try await bucket.watch() }
            for _ in 0..<50 { _ = try await bucket.keys() }
            try await withTimeout {
                while true {
                    let answer = try await connection.request(
                        [], to: "$JS.API.CONSUMER.NAMES.KV_test", timeout: .seconds(5))
                    if answer.text.contains("\"total\":0") { return }
                    await Task.yield()
                }
            }
        }
    }

    @Test func manyWritersAndAWatcher() async throws {
        try await withBucket { server, _, bucket in
            let reader = ChangeReader(try await bucket.watch())
            try await withConnection(options(server.url)) { other in
                let second = try await other.keyValue(.test)
                try await withThrowingTaskGroup { group in
                    for writer in 0..<10 {
                        group.addTask {
                            for number in 0..<20 { try await second.put("\(writer)", [UInt8(number)]) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await reader.next() == .current)
            var last: [String: [UInt8]] = [:]
            var lastRevision: UInt64 = 0
            while last.count < 10 || !last.values.allSatisfy({ $0 == [19] }) {
                guard case .changed(let key, let value?, let revision) = try await reader.next() else { continue }
                #expect(revision > lastRevision)
                (last[key], lastRevision) = (value, revision)
            }
        }
    }
}
