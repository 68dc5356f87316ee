import Conversations
import CoreTestSupport
import JSON
import NATSClient
import Persistence
import ServiceRuntime
import TestSupport
import Testing

@Suite("A cluster of three", .timeLimit(.minutes(2))) struct ClusterTests {
    /// The server that leads the bucket.
    private static func leader(_ connection: NATSConnection) async throws -> String? {
        let info = try await connection.request([], to: "$JS.API.STREAM.INFO.KV_test_turns", timeout: .seconds(20))
        return JSONValue.parse(info.payload)?.object?["cluster"]?.object?["leader"]?.string
    }

    @Test func oneDiesInTheMiddle() async throws {
        var options = NATSKeyValueOptions.hurried
        options.replicas = 3
        try await withNATSCluster { [options] cluster in
            try await withInstance(of: cluster.urls, options) { one in
                try await withInstance(of: cluster.urls, options) { other in
                    try await eventually { one.bucket.isAvailable && other.bucket.isAvailable }
                    let leader = try #require(try await Self.leader(one.connection))
                    let turns = Recorder<Int>()
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for channel in 0..<10 {
                            group.addTask {
                                for turn in 0..<40 {
                                    let instance = turn.isMultiple(of: 2) ? one : other
                                    await instance.say("t\(turn)", in: "c\(channel)")
                                    turns.append(turn)
                                }
                            }
                        }
                        group.addTask {
                            try await eventually { turns.all.count > 100 }
                            await cluster.servers[leader]?.kill()
                        }
                        try await group.waitForAll()
                    }
                    let expected = Set((0..<40).map { "t\($0)" })
                    for instance in [one, other] {
                        try await eventually {
                            instance.bucket.isAvailable && instance.conversations.load.dirty == 0
                        }
                    }
                    for channel in 0..<10 {
                        let stored = try #require(try await one.storedTurns("c\(channel)"))
                        #expect(stored.count == 40)
                        #expect(Set(stored) == expected)
                        for instance in [one, other] {
                            #expect(try await instance.freshTurns("c\(channel)") == stored)
                        }
                    }
                    try await eventually { await one.say("after", in: "c0") }
                    #expect(try await other.freshTurns("c0").last == "after")
                }
            }
        }
    }
}
