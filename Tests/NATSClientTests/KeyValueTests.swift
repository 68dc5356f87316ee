import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct KeyValueTests {
    @Test func writesAndReads() async throws {
        try await withBucket { _, _, bucket in
            #expect(bucket.bucket == "test")
            #expect(try await bucket.get("a") == nil)
            let first = try await bucket.create("a", [1, 0, 255])
            let entry = try #require(try await bucket.get("a"))
            #expect(entry.key == "a" && entry.value == [1, 0, 255] && entry.revision == first)
            await expect(.wrongRevision) { try await bucket.create("a", [2]) }
            let second = try await bucket.update("a", [3], revision: first)
            #expect(second > first)
            await expect(.wrongRevision) { try await bucket.update("a", [4], revision: first) }
            await expect(.wrongRevision) { try await bucket.update("never", [4], revision: first) }
            let third = try await bucket.put("a", [])
            let last = try #require(try await bucket.get("a"))
            #expect(last.value == [] && last.revision == third)
        }
    }

    @Test func deletes() async throws {
        try await withBucket { _, _, bucket in
            let revision = try await bucket.create("a", [1])
            await expect(.wrongRevision) { try await bucket.delete("a", revision: revision + 1) }
            try await bucket.delete("a", revision: revision)
            #expect(try await bucket.get("a") == nil)
            try await bucket.delete("never")
            #expect(try await bucket.keys() == [])
            await expect(.wrongRevision) { try await bucket.update("a", [2], revision: revision) }
            try await bucket.create("a", [2])
            #expect(try await bucket.get("a")?.value == [2])
        }
    }

    @Test func listsKeys() async throws {
        try await withBucket { _, _, bucket in
            #expect(try await bucket.keys() == [])
            let keys = ["a", "A.b", "x/y=z_1-2"] + (0..<300).map { "many.\($0)" }
            for key in keys { try await bucket.put(key, Array(key.utf8)) }
            try await bucket.put("a", [])
            #expect(try await bucket.keys().sorted() == keys.sorted())
            try await bucket.delete("A.b")
            #expect(try await Set(bucket.keys()) == Set(keys).subtracting(["A.b"]))
        }
    }

    @Test func writersLoseNothing() async throws {
        try await withBucket { server, _, bucket in
            try await withConnection(options(server.url)) { other in
                let second = try await other.keyValue(.test)
                try await withThrowingTaskGroup { group in
                    for number in 0..<20 {
                        let bucket = number.isMultiple(of: 2) ? bucket : second
                        group.addTask {
                            for round in 0..<5 { try await bucket.append("\(number).\(round)", to: "lines") }
                        }
                    }
                    try await group.waitForAll()
                }
                let lines = try #require(try await bucket.text("lines")).split(separator: "\n").map(String.init)
                let expected = (0..<20).flatMap { number in (0..<5).map { "\(number).\($0)" } }
                #expect(lines.sorted() == expected.sorted())
            }
        }
    }

    @Test func oneOfManyCreates() async throws {
        try await withBucket { _, _, bucket in
            let winners = try await withThrowingTaskGroup { group in
                for number in 0..<20 as Range<UInt8> {
                    group.addTask { () throws -> UInt8? in
                        do throws(NATSError) {
                            try await bucket.create("a", [number])
                            return number
                        } catch {
                            #expect(error.code == .wrongRevision)
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [UInt8]()) { $0 += $1.map { [$0] } ?? [] }
            }
            #expect(winners.count == 1)
            #expect(try await bucket.get("a")?.value == winners)
        }
    }

    @Test func aLargeValue() async throws {
        try await withBucket { _, _, bucket in
            let value = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let revision = try await bucket.create("large", value)
            #expect(try await bucket.get("large")?.value == value)
            try await bucket.update("large", value.reversed(), revision: revision)
            #expect(try await bucket.get("large")?.value == value.reversed())
            #expect(try await bucket.keys() == ["large"])
            for size in [(1 << 20) - 10, 1 << 20, 2 << 20] {
                await expect(.tooLarge) {
                    try await bucket.update("large", [UInt8](repeating: 0, count: size), revision: 1)
                }
            }
            // The connection has survived it.
            #expect(try await bucket.get("large")?.value == value.reversed())
        }
    }

    @Test(arguments: [
        "", " ", "a b", "#chan", "a:b", "*", ">", "a.*", ".a", "a.", "a..b", "ä", "a\r\nb", "a\0b",
        String(repeating: "k", count: 1100),
    ])
    func refusesWhatIsNoKey(key: String) async throws {
        try await withBucket { _, _, bucket in
            await expect(.invalidKey) { _ = try await bucket.get(key) }
            await expect(.invalidKey) { try await bucket.create(key, [1]) }
            await expect(.invalidKey) { try await bucket.update(key, [1], revision: 1) }
            await expect(.invalidKey) { try await bucket.put(key, [1]) }
            await expect(.invalidKey) { try await bucket.delete(key) }
        }
    }
}
