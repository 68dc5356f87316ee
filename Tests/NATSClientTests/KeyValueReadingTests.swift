import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct KeyValueReadingTests {
    private func values(of bucket: NATSKeyValue) async throws -> [NATSKeyValue.Entry] {
        var entries: [NATSKeyValue.Entry] = []
        try await bucket.values { entries.append($0) }
        return entries
    }

    @Test func theValuesAreThoseThatAreThere() async throws {
        try await withBucket { _, _, bucket in
            #expect(try await values(of: bucket).isEmpty)
            let one = try await bucket.put("a.1", [1])
            try await bucket.put("a.2", [2])
            let two = try await bucket.put("a.2", [])
            try await bucket.put("gone", [3])
            try await bucket.delete("gone")
            let expected: Set<NATSKeyValue.Entry> = [
                .init(key: "a.1", value: [1], revision: one), .init(key: "a.2", value: [], revision: two),
            ]
            #expect(try await Set(values(of: bucket)) == expected)
        }
    }

    /// More than the server sends without being asked to go on.
    @Test func aLargeBucketIsReadToItsEnd() async throws {
        try await withBucket { _, _, bucket in
            let value = [UInt8](repeating: 7, count: 400_000)
            for number in 0..<100 { try await bucket.put("key.\(number)", value, timeout: .seconds(20)) }
            let entries = try await values(of: bucket)
            #expect(Set(entries.map(\.key)) == Set((0..<100).map { "key.\($0)" }))
            #expect(entries.allSatisfy { $0.value == value })
        }
    }

    @Test func readingLeavesNothingBehind() async throws {
        try await withBucket { _, connection, bucket in
            try await bucket.put("a", [1])
            for _ in 0..<50 {
                _ = try await values(of: bucket)
                _ = try await bucket.keys()
            }
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
}
