import NATSClient
import TestSupport
import Testing

@Suite("A bucket that three servers keep", .timeLimit(.minutes(2))) struct KeyValueClusterTests {
    /// Opens the bucket as soon as the servers can.
    private func bucket(_ connection: NATSConnection) async throws -> NATSKeyValue {
        var mine = NATSKeyValueOptions.test
        mine.replicas = 3
        mine.timeout = .seconds(20)
        return try await withTimeout { [mine] in
            while true {
                do throws(NATSError) {
                    return try await connection.keyValue(mine)
                } catch {
                    guard error.isRetryable else { throw error }
                }
            }
        }
    }

    @Test func ofTwoWritesOverTheSameRevisionOneIsTaken() async throws {
        try await withNATSCluster { cluster in
            try await withConnection(options(cluster.urls[0])) { one in
                try await withConnection(options(cluster.urls[1])) { other in
                    let (mine, theirs) = (try await bucket(one), try await bucket(other))
                    var counts: [Int: Int] = [:]
                    for round in 0..<200 {
                        // Every other time over what was deleted.
                        let written = try await mine.put("a", [1])
                        let isDeleted = round.isMultiple(of: 2)
                        if isDeleted { try await mine.delete("a", revision: written) }
                        let revision = isDeleted ? written + 1 : written
                        async let first = try? mine.update("a", [2], revision: revision)
                        async let second = try? theirs.update("a", [3], revision: revision)
                        counts[await [first, second].compactMap { $0 }.count, default: 0] += 1
                    }
                    #expect(counts == [1: 200])
                    counts = [:]
                    for round in 0..<100 {
                        async let first = try? mine.create("new.\(round % 10)", [2])
                        async let second = try? theirs.create("new.\(round % 10)", [3])
                        counts[await [first, second].compactMap { $0 }.count, default: 0] += 1
                        try await mine.delete("new.\(round % 10)")
                    }
                    #expect(counts == [1: 100])
                }
            }
        }
    }
}
