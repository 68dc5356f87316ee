import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct KeyValueRevisionTests {
    @Test func tellsWhatChangesAndNotWhatIsThere() async throws {
        try await withBucket { server, _, bucket in
            for number in 0..<20 { try await bucket.put("old.\(number)", [1]) }
            let reader = ChangeReader(try await bucket.revisions())
            #expect(try await reader.next() == .restarted)
            try await withConnection(options(server.url)) { other in
                let second = try await other.keyValue(.test)
                let one = try await second.put("old.3", [UInt8](repeating: 1, count: 10_000))
                try await second.delete("old.4")
                let three = try await second.create("new", [])
                #expect(try await reader.next() == .changed(key: "old.3", revision: one))
                #expect(try await reader.next() == .changed(key: "old.4", revision: one + 1))
                #expect(try await reader.next() == .changed(key: "new", revision: three))
            }
        }
    }

    @Test(arguments: [true, false]) func beginsAnewWhenTheServerIsBack(inGoodOrder: Bool) async throws {
        try await withNATSServer(jetStream: true) { server in
            let events = Events()
            try await withConnection(options(server.url), events: events) { connection in
                let bucket = try await connection.keyValue(.test)
                try await bucket.put("kept", [1])
                let reader = ChangeReader(try await bucket.revisions())
                #expect(try await reader.next() == .restarted)
                if inGoodOrder { await server.stop() } else { await server.kill() }
                try await events.first(where: \.isDisconnected)
                try await server.restart()
                try await events.first(where: \.isReconnected)
                #expect(try await reader.next() == .restarted)
                let revision = try await bucket.put("new", [2])
                #expect(try await reader.next() == .changed(key: "new", revision: revision))
            }
        }
    }

    @Test func endsWithTheConnection() async throws {
        try await withBucket { _, connection, bucket in
            let reader = ChangeReader(try await bucket.revisions())
            #expect(try await reader.next() == .restarted)
            let waiting = Task { try await reader.next() }
            try await withTimeout { await connection.close() }
            #expect(try await waiting.value == nil)
        }
    }

    @Test func keysMayBeLong() async throws {
        try await withBucket { _, _, bucket in
            let longest = 1024 - "$KV.test.".utf8.count
            let key = String(repeating: "k", count: longest)
            let revision = try await bucket.create(key, [1])
            let reader = ChangeReader(try await bucket.revisions())
            #expect(try await reader.next() == .restarted)
            #expect(try await bucket.get(key)?.value == [1])
            try await bucket.update(key, [2], revision: revision)
            #expect(try await reader.next() == .changed(key: key, revision: revision + 1))
            #expect(try await bucket.keys() == [key])
            try await bucket.delete(key)
            await expect(.invalidKey) { try await bucket.put(key + "k", [1]) }
        }
    }
}
