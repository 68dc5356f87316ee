import Foundation
import JSON
import NATSClient
import Synchronization
import TestSupport
import Testing

@Suite("What outlives the program")
struct SurvivalTests {
    /// Says what it was asked, so that an answer tells which question it is of.
    private static let echo = """
        {"default_provider": "scripted", "context": {"summarize_after": 0},
         "providers": {"scripted": {"rules": [{"pattern": "*", "replies": ["re $1"], "delay": 0.02}]}}}
        """

    /// What 50 channels got to hear, and how far they are.
    private final class Log: Sendable {
        private let turns = Mutex<[String: [String]]>([:])
        private let count = AsyncStream.makeStream(of: Int.self)

        func answered(_ channel: String, _ turn: String) {
            count.continuation.yield(
                turns.withLock { turns in
                    turns[channel, default: []].append(turn)
                    return turns.values.reduce(0) { $0 + $1.count }
                })
        }

        func reached(_ number: Int) async { for await count in count.stream where count >= number { return } }

        var all: [String: [String]] { turns.withLock { $0 } }
    }

    @Test("every answered turn is in its conversation once, also when the program is killed in the middle")
    func killed() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withConfiguration(Self.echo) { file in
                let log = Log()
                try await Client.with(server) { client in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for channel in 0..<50 {
                            group.addTask { try await Self.talk(client, "#room \(channel)", turns: 10, log) }
                        }
                        group.addTask {
                            let first = try await Self.start(file, server)
                            await log.reached(200)
                            first.signal(SIGKILL)
                            try await first.ended()
                            let second = try await Self.start(file, server)
                            await log.reached(500)
                            second.signal(SIGTERM)
                            #expect(try await second.ended().exit == 0)
                        }
                        try await group.waitForAll()
                    }
                }
                let kept = try await Self.kept(server)
                for (channel, turns) in log.all {
                    #expect(turns.count == 10)
                    let found = kept[channel] ?? []
                    #expect(Set(found).count == found.count, "\(channel) has a turn twice")
                    // A turn may be kept whose answer died with the program; in between and in order are all that were heard.
                    #expect(found.filter(turns.contains) == turns, "\(channel)")
                    #expect(found.count <= turns.count + 1, "\(channel)")
                }
            }
        }
    }

    @Test("two instances share conversations: what one answered, the other one knows")
    func twoInstances() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withConfiguration(Self.echo) { file in
                let log = Log()
                let programs = [try await Self.start(file, server), try await Self.start(file, server)]
                defer { for program in programs { program.signal(SIGKILL) } }
                try await Client.with(server) { client in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        // Two voices a channel, so that both instances are at it at the same time.
                        for channel in 0..<20 {
                            for _ in 0..<2 {
                                group.addTask { try await Self.talk(client, "room \(channel)", turns: 25, log) }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                for program in programs { program.signal(SIGTERM) }
                for program in programs { #expect(try await program.ended().exit == 0) }
                let kept = try await Self.kept(server)
                #expect(kept.count == 20)
                for (channel, turns) in log.all {
                    #expect(turns.count == 50)
                    #expect(kept[channel]?.sorted() == turns.sorted(), "\(channel)")
                }
            }
        }
    }

    @Test("what is exported is brought back in, and a channel is wiped")
    func backup() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withService(Self.echo, server: server) { child, server in
                try await child.logged("info Conversations are kept")
                try await Client.with(server) { client in
                    let log = Log()
                    for channel in ["lobby", "#a.b c*", "größe"] {
                        try await Self.talk(client, channel, turns: 3, log)
                    }
                    let before = try await Self.kept(server)
                    #expect(before == log.all)
                    let export = try await Child.run("export", "--nats", server.url)
                    #expect(export.err.contains("exported records: 3 of kind conversation"))

                    let wipe = try await Child.run("wipe", "#a.b c*", "--nats", server.url)
                    #expect(wipe.exit == 0)
                    #expect(try await Child.run("wipe", "#a.b c*", "--nats", server.url).exit == 69)
                    #expect(try await Self.kept(server)["#a.b c*"] == nil)
                    // The service, which had it in memory, has forgotten it too.
                    let fresh = ##"{"action":"chat","channel_id":"#a.b c*","message":"new"}"##
                    let reply = try await client.connection.request(
                        Array(fresh.utf8), to: "llm.request", timeout: .seconds(20))
                    let context = JSONValue.parse(reply.payload)?.object?["context"]?.object
                    #expect(context?["messages"] == .integer(1))

                    // What was asked and spent goes on being counted: it may be there or not.
                    let conversations = export.out.split(separator: "\n")
                        .filter { $0.contains(#""kind":"conversation""#) }.joined(separator: "\n")
                    let restore = try await Child.run("import", "-", "--nats", server.url, input: conversations)
                    #expect(restore.exit == 0)
                    #expect(restore.err.contains("2 were there already"), "\(restore.err)")
                    var after = try await Self.kept(server)
                    #expect(after["#a.b c*"]?.last == "new | re new")
                    after["#a.b c*"]?.removeLast()
                    #expect(after == before)
                }
            }
        }
    }

    @Test("what is remembered outlives a kill, is exported, and is wiped with its channel")
    func memories() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withConfiguration(Self.echo) { file in
                try await Client.with(server) { client in
                    func say(_ words: String) async throws -> String {
                        let text = JSONWriter.object { writer in
                            writer.field("args", words)
                            writer.field("channel", "#a b")
                            writer.field("user", "alice")
                        }
                        let reply = try await client.connection.request(
                            text, to: "rosey.command.chat", timeout: .seconds(20))
                        return JSONValue.parse(reply.payload)?.object?["content"]?.string ?? ""
                    }
                    let first = try await Self.start(file, server)
                    let kept = try await say("remember Alice likes tea")
                    let found = "Memories matching 'tea':\n• " + kept.dropFirst("Remembered: ".count)
                    first.signal(SIGKILL)
                    try await first.ended()
                    let second = try await Self.start(file, server)
                    defer { second.signal(SIGKILL) }
                    #expect(try await say("recall tea") == found)
                    let export = try await Child.run("export", "--nats", server.url)
                    #expect(export.err.contains("exported records: 1 of kind memories"), "\(export.err)")
                    #expect(try await Child.run("wipe", "#a b", "--nats", server.url).exit == 0)
                    #expect(try await say("recall tea") == "No memories found for: tea")
                    let restore = try await Child.run("import", "-", "--nats", server.url, input: export.out)
                    #expect(restore.exit == 0, "\(restore.err)")
                    #expect(try await say("recall tea") == found)
                }
            }
        }
    }

    @Test("a backup with something wrong in it is not brought in at all")
    func foulBackup() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "backup.jsonl")
                let good = #"{"kind":"conversation","name":"lobby","record":{"v":1,"turns":[]}}"#
                let bad = #"{"kind":"conversation","name":"lobby","record":{"v":9,"turns":[]}}"#
                try "\(good)\n\n\(bad)\n".write(to: file, atomically: true, encoding: .utf8)
                let seen = try await Child.run("import", file.path, "--nats", server.url)
                #expect(seen.exit == 64)
                #expect(seen.err.contains("line 3: record: it is of version 9"), "\(seen.err)")
                #expect(try await Self.kept(server).isEmpty)
            }
        }
    }

    // MARK: parts

    /// Asks so many questions one after the other; one that nothing came back of is asked anew in other words.
    private static func talk(_ client: Client, _ channel: String, turns: Int, _ log: Log) async throws {
        let voice = UInt32.random(in: .min ... .max)
        for number in 0..<turns {
            let (question, content) = try await asking { () -> (String, String)? in
                let question = "q \(voice) \(number) \(UInt32.random(in: .min ... .max))"
                let text = JSONWriter.object { writer in
                    writer.field("action", "chat")
                    writer.field("channel_id", channel)
                    writer.field("message", question)
                }
                guard
                    let reply = try? await client.connection.request(text, to: "llm.request", timeout: .seconds(3)),
                    let fields = JSONValue.parse(reply.payload)?.object, let content = fields["content"]?.string
                else { return nil }
                return (question, content)
            }
            #expect(content == "re \(question)")
            log.answered(channel, "\(question) | \(content)")
        }
    }

    private static func start(_ file: URL, _ server: NATSTestServer) async throws -> Child {
        let child = try Child(["serve", "--config", file.path, "--nats", server.url])
        try await child.logged("info Conversations are kept")
        return child
    }

    private func withConfiguration(_ text: String, _ body: (URL) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "config.json")
            try text.write(to: file, atomically: true, encoding: .utf8)
            try await body(file)
        }
    }

    /// Question and answer of every turn that is kept, by channel.
    private static func kept(_ server: NATSTestServer) async throws -> [String: [String]] {
        let seen = try await Child.run("export", "--nats", server.url)
        #expect(seen.exit == 0, "\(seen.err)")
        var kept: [String: [String]] = [:]
        for line in seen.out.split(separator: "\n") {
            let object = try #require(JSONValue.parse(Array(line.utf8))?.object)
            guard object["kind"] == .string("conversation"), let name = object["name"]?.string,
                case .array(let turns)? = object["record"]?.object?["turns"]
            else { continue }
            kept[name] = turns.map { turn in
                "\(turn.object?["question"]?.string ?? "") | \(turn.object?["answer"]?.string ?? "")"
            }
        }
        return kept
    }
}
