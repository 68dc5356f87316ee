import BusProtocol
import Conversations
import JSON
import LLMService
import NATSClient
import Observability
import Settings
import TestSupport
import Testing

@testable import NATSPlugin

@Suite("Commands as jobs", .timeLimit(.minutes(3)))
struct JobCommandTests {
    private func type(_ words: String, _ stage: JobStage) async throws {
        try await stage.put(Stage.command(words, in: "lobby"), on: Subjects.command)
    }

    @Test("what the bot's own bus brings is answered there, and counted as what it is")
    func bridge() async throws {
        try await JobStage.with { stage in
            try await stage.start(bridge: BridgeSettings().with { $0.pause = .zero }) { $0.takesCommands = true }
            let room = try await stage.listen("rosey.plugins.llm.message")
            let line = Stage.line("!chat hello")
            try stage.client.publish(line, to: "rosey.platform.cytube.chatMsg")
            #expect(try await room.next().data["response"] == .string("echo: alice: hello"))
            try await stage.put(#"{"action":"dance"}"#)
            try await stage.emptied()
            let reply = Reply(
                try await stage.client.request([], to: "$SRV.STATS.rosey-llm", timeout: .seconds(10)))
            let counted = try reply.endpoints().prefix(3).map {
                [$0["name"], $0["num_requests"], $0["num_errors"]]
            }
            #expect(
                counted == [
                    [.string("command"), .integer(1), .integer(0)], [.string("request"), .integer(0), .integer(0)],
                    [.string("job"), .integer(1), .integer(1)],
                ])
        }
    }

    @Test("what is typed while nobody is there is answered, once")
    func survivesADeploy() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let first = try await stage.start { $0.takesCommands = true }
            try await type("hello", stage)
            #expect(try await answers.next().content == "echo: alice: hello")
            await first.stop()
            try await type("anybody?", stage)
            try await type("help", stage)
            try await stage.start { $0.takesCommands = true }
            // The help waits for no model.
            let contents = try await answers.take(2).compactMap(\.content)
            #expect(contents.contains("echo: alice: anybody?"))
            #expect(contents.contains { $0.hasPrefix("LLM Chat Commands:") })
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 2)
        }
    }

    @Test("whatever keeps them from being answered is told at once")
    func failures() async throws {
        var settings = ServiceSettings()
        settings.limits.user.requestsPerMinute = 1
        try await JobStage.with { [settings] stage in
            stage.ollama.when("broken", .fail(503, "later"))
            let errors = try await stage.listen("llm.error")
            try await stage.start(service: settings) { $0.takesCommands = true }
            try await type("broken", stage)
            #expect(try await errors.next().code == "provider_unavailable")
            try await type("hello", stage)
            #expect(try await errors.next().code == "rate_limited")
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("come the plain way again when that is wanted no more")
    func switchedBack() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            try await stage.start { $0.takesCommands = true }.stop()
            try await type("left over", stage)
            try await stage.start()
            #expect(try await answers.next().content == "echo: alice: left over")
            try stage.client.publish(Array(Stage.command("plain", in: "lobby").utf8), to: Subjects.command)
            #expect(try await answers.next().content == "echo: alice: plain")
            try await stage.emptied()
            try await stage.put(JobStage.chat("job"))
            // It was answered once.
            #expect(try await answers.next().content == "echo: job")
        }
    }

    @Test("typed too long ago are not answered any more")
    func overdue() async throws {
        try await JobStage.with { stage in
            try await stage.start { $0.takesCommands = true }.stop()
            try await type("left over", stage)
            let late = try await stage.start(time: TimeAhead(.seconds(601))) { $0.takesCommands = true }
            try await stage.emptied()
            try await late.log.wait(for: "Commands older than ten minutes")
            #expect(late.plugin.metrics.overdue.value == 1)
            #expect(stage.ollama.calls.isEmpty)
        }
    }

    @Test("are kept by no stream, and by none for ever, where they come the plain way", arguments: [true, false])
    func withdrawn(isEnabled: Bool) async throws {
        try await JobStage.with { stage in
            try await stage.start { $0.takesCommands = true }.stop()
            let before = try await stage.stream { $0["subjects"] != nil }
            #expect(before["subjects"] == .array([.string(Subjects.job), .string(Subjects.command)]))
            #expect(before["max_age"] == .integer(604_800_000_000_000))
            try await stage.start(takesJobs: isEnabled, isEnabled: isEnabled)
            let after = try await stage.stream { $0["subjects"] != before["subjects"] }
            #expect(after["subjects"] == .array([.string(Subjects.job)]))
            #expect(after["max_age"] == before["max_age"])
        }
    }

    @Test("come the plain way where the stream cannot be made")
    func withoutStream() async throws {
        try await JobStage.with { stage in
            let other = #"{"name":"OTHER","subjects":["llm.job"],"storage":"memory"}"#
            _ = try await stage.client.request(
                Array(other.utf8), to: "$JS.API.STREAM.CREATE.OTHER", timeout: .seconds(5))
            let answers = try await stage.listen("llm.response")
            let instance = try await stage.start(takesJobs: false) { $0.takesCommands = true }
            try await instance.log.wait(for: "Jobs cannot be taken now")
            let message = try await stage.request("hello")
            #expect(Reply(message).content == "echo: alice: hello")
            #expect(try await answers.next().content == "echo: alice: hello")
        }
    }

    @Test("are answered though nothing can be written down of them, which is said")
    func withoutLedger() async throws {
        try await JobStage.with { stage in
            // It is there, and takes nothing.
            let bucket =
                #"{"name":"KV_\#(JobLedger.bucket)","subjects":["$KV.\#(JobLedger.bucket).>"],"max_msgs_per_subject":1,"#
                + #""max_msg_size":8,"allow_direct":true,"allow_rollup_hdrs":true,"deny_delete":true,"discard":"new","#
                + #""storage":"memory"}"#
            _ = try await stage.client.request(
                Array(bucket.utf8), to: "$JS.API.STREAM.CREATE.KV_\(JobLedger.bucket)", timeout: .seconds(5))
            let answers = try await stage.listen("llm.response")
            let instance = try await stage.start { $0.takesCommands = true }
            try await type("hello", stage)
            #expect(try await answers.next().content == "echo: alice: hello")
            try await stage.emptied()
            try await instance.log.wait(for: "A command cannot be recorded")
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("come the plain way where there is no JetStream")
    func withoutJetStream() async throws {
        try await JobStage.with(jetStream: false) { stage in
            let instance = try await stage.start(takesJobs: false) { $0.takesCommands = true }
            try await instance.log.wait(for: "there is no JetStream")
            let message = try await stage.request("hello")
            #expect(Reply(message).content == "echo: alice: hello")
        }
    }
}
