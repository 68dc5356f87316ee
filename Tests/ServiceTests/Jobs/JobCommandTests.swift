import NATSClient
import TestSupport
import Testing

@testable import NATSPlugin

@Suite("Commands as jobs", .timeLimit(.minutes(3)))
struct JobCommandTests {
    private func type(_ words: String, _ stage: JobStage) async throws {
        try await stage.put(Stage.command(words, in: "lobby"), on: Subjects.command)
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

    @Test("come the plain way where there is no JetStream")
    func withoutJetStream() async throws {
        try await JobStage.with(jetStream: false) { stage in
            let instance = try await stage.start(takesJobs: false) { $0.takesCommands = true }
            try await instance.log.wait(for: "there is no JetStream")
            let message = try await withTimeout {
                while true {
                    let words = Array(Stage.command("hello", in: "lobby", id: "1").utf8)
                    do {
                        return try await stage.client.request(words, to: Subjects.command, timeout: .seconds(5))
                    } catch let error as NATSError where error.code == .noResponders {
                        // It says that there is no JetStream just before it listens.
                        try await Task.sleep(for: .milliseconds(10))
                    }
                }
            }
            #expect(Reply(message).content == "echo: alice: hello")
        }
    }
}
