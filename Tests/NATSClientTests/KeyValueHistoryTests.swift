import TestSupport
import Testing

@testable import NATSClient

@Suite(.timeLimit(.minutes(2))) struct KeyValueHistoryTests {
    private func options(history: Int) -> NATSKeyValueOptions {
        var options = NATSKeyValueOptions(bucket: "log")
        options.history = history
        return options
    }

    private func texts(_ history: NATSKeyValue.History) -> [String] {
        history.entries.map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test func whatWasAppendedIsReadFromWhereOneLikes() async throws {
        try await withBucket { _, connection, _ in
            let bucket = try await connection.keyValue(options(history: 200))
            #expect(try await bucket.history("a", from: { _ in 1 }).revision == 0)
            var revisions: [UInt64] = []
            for number in 0..<150 {
                revisions.append(try await bucket.append("a", Array("\(number)".utf8), after: revisions.last ?? 0))
                try await bucket.put("b", [1])
            }
            let all = try await bucket.history("a", from: { _ in 1 })
            #expect(texts(all) == (0..<150).map(String.init))
            #expect(all.entries.map(\.revision) == revisions && all.revision == revisions.last)
            #expect(texts(try await bucket.history("a", from: { _ in revisions[140] })) == (140..<150).map(String.init))
            let last = try await bucket.history("a") { last in
                #expect(last.value == Array("149".utf8))
                return last.revision
            }
            #expect(texts(last) == ["149"])
            await expect(.wrongRevision) { _ = try await bucket.append("a", [], after: revisions[148]) }
            await expect(.wrongRevision) { _ = try await bucket.append("a", [], after: 0) }
        }
    }

    @Test func whatIsPurgedIsGoneAndGoesOn() async throws {
        try await withBucket { _, connection, _ in
            let bucket = try await connection.keyValue(options(history: 10))
            _ = try await bucket.append("a", [1], after: bucket.append("a", [0], after: 0))
            try await bucket.purge("a")
            let purged = try await bucket.history("a", from: { _ in 1 })
            #expect(purged.entries.isEmpty && purged.revision > 0)
            let revision = try await bucket.append("a", [2], after: purged.revision)
            let after = try await bucket.history("a", from: { _ in 1 })
            #expect(after.entries.map(\.value) == [[2]] && after.revision == revision)
        }
    }

    @Test func moreHistoryIsKeptWhereItIsAskedFor() async throws {
        try await withBucket { _, connection, _ in
            for history in [2, 100, 50] {
                let bucket = try await connection.keyValue(options(history: history))
                for number in 0..<120 { try await bucket.put("a", [UInt8(number)]) }
                let kept = try await bucket.history("a", from: { _ in 1 }).entries.count
                #expect(kept == (history == 50 ? 100 : history))
            }
        }
    }

    private static let answers: [(String, UInt64?)] = [
        (#"{"stream":"KV_log", "seq":42}"#, 42), (#"{"stream":"KV_log","seq":1}"#, 1),
        (#"{"stream":"KV_log", "domain":"hub", "seq":42}"#, nil),
        (#"{"stream":"KV_log", "seq":42,"duplicate": true}"#, nil),
        (#"{"error":{"code":400},"stream":"KV_log","seq":0}"#, nil), (#"{"stream":"KV_log", "seq":}"#, nil), ("", nil),
        (#"{"stream":"KV_log", "seq":99999999999999999999999}"#, nil), ("hello", nil), (#"{"stream":"KV_log"}"#, nil),
    ]

    @Test(arguments: answers)
    func theNumberOfWhatWasWritten(answer: String, sequence: UInt64?) {
        #expect(JetStream.storedSequence(Array(answer.utf8)) == sequence)
    }
}
