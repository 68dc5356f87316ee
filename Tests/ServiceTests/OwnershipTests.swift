import BusProtocol
import JSON
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Settings
import TestSupport
import Testing

@testable import NATSPlugin

/// Each instance keeps its conversations to itself here: whoever works on a channel that another one has worked on does not
/// know what was said in it.
@Suite("One channel, one owner", .timeLimit(.minutes(3)))
struct OwnershipTests {
    private static let agent = AgentSettings().with { ($0.owner, $0.name) = ("crew", "deck") }
    // So many, as of channels, that each instance has some.
    private static let keys = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { "U" + String(repeating: String($0), count: 55) }

    /// What a channel was asked, if each question was asked by whoever knew all that came before.
    private func questions(of channel: String, _ stage: JobStage) -> [String] {
        let calls = stage.ollama.calls.filter { $0.question.contains("\(channel).") }
        // Four turns are shown to the model.
        #expect(calls.map { $0.messages.count } == calls.indices.map { min(2 * ($0 + 1), 10) }, "\(channel)")
        return calls.compactMap { $0.question.split(separator: ".").last.map(String.init) }
    }

    @Test("a channel's jobs are done by one instance, in their order, between its messages")
    func jobs() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let instances = try await stage.start(3) { $0.maxRunning = 1 }
            // So many that each instance has some.
            let channels = (0..<27).map { "c\($0)" }
            for number in 0..<2 {
                for channel in channels {
                    try await stage.put(JobStage.chat("\(channel).job\(number)", in: channel))
                    try stage.client.publish(
                        Array(JobStage.chat("\(channel).message\(number)", in: channel).utf8), to: Subjects.request)
                }
            }
            _ = try await answers.take(channels.count * 4)
            try await stage.emptied()
            for channel in channels {
                let asked = questions(of: channel, stage)
                #expect(asked.filter { $0.hasPrefix("job") } == ["job0", "job1"], "\(channel)")
                #expect(asked.filter { $0.hasPrefix("message") } == ["message0", "message1"], "\(channel)")
            }
            #expect(stage.ollama.calls.count == channels.count * 4)
            #expect(instances.allSatisfy { $0.plugin.metrics.jobsTaken.value > 0 })
        }
    }

    @Test("what a job changes is changed for what comes after it; commands that are jobs come the same way")
    func commands() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let instances = try await stage.start(2) { $0.takesCommands = true }
            let channels = (0..<12).map { "c\($0)" }
            for channel in channels {
                for words in ["persona concise", "\(channel).1"] {
                    try stage.client.publish(Array(Stage.command(words, in: channel).utf8), to: Subjects.command)
                }
                try stage.client.publish(
                    Array(JobStage.chat("\(channel).2", in: channel).utf8), to: Subjects.job)
            }
            _ = try await answers.take(channels.count * 3)
            let systems = Set(stage.ollama.calls.map(\.system))
            for channel in channels { #expect(questions(of: channel, stage) == ["1", "2"]) }
            try await stage.put(JobStage.chat("another persona", in: "other"))
            _ = try await answers.next()
            #expect(systems.count == 1 && systems.first != stage.ollama.calls.last?.system)
            #expect(instances.allSatisfy { $0.plugin.metrics.jobsTaken.value > 0 })
        }
    }

    @Test("prompts are answered by the one that has their conversation, in order with its messages")
    func prompts() async throws {
        try await JobStage.with { stage in
            let instances = try await stage.start(3, agent: Self.agent)
            let answers = try await stage.listen("llm.response")
            let inbox = try await stage.listen("inbox")
            let keys = Self.keys
            for number in 0..<3 {
                for key in keys {
                    try stage.prompt("\(key).\(number)", as: key, reply: "inbox")
                    let message = JobStage.chat("\(key).then\(number)", in: "agents.crew.deck.\(key)")
                    try stage.client.publish(Array(message.utf8), to: Subjects.request)
                }
            }
            _ = try await answers.take(keys.count * 3)
            // An acknowledgement, the answer and the end of each.
            let parts = try await inbox.take(keys.count * 9)
            #expect(parts.count { $0["data"] == "ack" } == keys.count * 3)
            #expect(Set(parts.compactMap { $0["data"] }).count == keys.count * 3 + 1)
            for key in keys {
                #expect(questions(of: key, stage) == ["0", "then0", "1", "then1", "2", "then2"])
            }
            #expect(instances.allSatisfy { $0.plugin.metrics.answered.value > 0 })
        }
    }

    /// Has two instances work on some channels, and one request wait behind another in a channel of the second one. Returns
    /// that channel.
    private func occupy(
        _ instances: [JobInstance], _ stage: JobStage, in channels: [String],
        while behaviour: FakeOllama.Behaviour = .silent,
        _ send: (_ words: String, _ channel: String) async throws -> Void
    ) async throws -> String {
        stage.ollama.when("hang", behaviour)
        for channel in channels { try await send("hang", channel) }
        try await stage.ollama.waitForCalls(channels.count, with: "hang")
        let channel = try #require(instances[1].service.busyChannels.first)
        try await send("next", channel)
        try await eventually { instances[1].service.load.waiting == 1 }
        stage.ollama.when("hang", .answer("saved"))
        return channel
    }

    private let channels = (0..<16).map { "c\($0)" }

    @Test("what each instance works on while NATS is started anew is answered once, and no model is asked again")
    func serverRestarted() async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "at last"))
            let answers = try await stage.listen("llm.response")
            let instances = try await stage.start(3)
            for channel in channels {
                let message = JobStage.chat("slow", in: channel, id: channel)
                try stage.client.publish(Array(message.utf8), to: Subjects.request)
            }
            // They have just begun: nobody knows whether the others have heard of that.
            try await stage.ollama.waitForCalls(channels.count, with: "slow")
            #expect(instances.allSatisfy { !$0.service.busyChannels.isEmpty })
            await stage.server.kill()
            try await stage.server.restart()
            try await stage.connected()
            gate.open()
            #expect(try await answers.take(channels.count).compactMap(\.id).sorted() == channels.sorted())
            #expect(stage.ollama.calls.count == channels.count)
        }
    }

    @Test("a job that waits in an instance that dies is done by another one, before that counts as gone")
    func ownerDies() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let instances = try await stage.start(2) { $0.ackWait = .seconds(90) }
            let channel = try await occupy(instances, stage, in: channels) {
                try await stage.put(JobStage.chat($0, in: $1))
            }
            await instances[1].kill()
            let answer = try await answers.next()
            #expect((answer.content, answer.channel) == ("echo: next", channel))
            #expect(stage.ollama.calls.count { $0.question == "next" } == 1)
        }
    }

    @Test("a job that waits in an instance that ends is done by another one, and not delivered again")
    func ownerEnds() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let instances = try await stage.start(2) { $0.ackWait = .seconds(90) }
            let channel = try await occupy(instances, stage, in: channels) {
                try await stage.put(JobStage.chat($0, in: $1))
            }
            let begun = instances[1].service.load.running
            await instances[1].end()
            // Those that had begun are given back to JetStream.
            let answered = try await answers.take(begun + 1)
            #expect(answered.filter { $0.content == "echo: next" }.map(\.channel) == [channel])
            #expect(instances[0].plugin.metrics.jobsRedelivered.value == begun)
            #expect(stage.ollama.calls.count { $0.question == "next" } == 1)
        }
    }

    @Test("a job whose turn comes in an instance that is about to end is left to another one")
    func ownerLeaves() async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            let answers = try await stage.listen("llm.response")
            let instances = try await stage.start(2) { $0.ackWait = .seconds(90) }
            let channel = try await occupy(instances, stage, in: channels, while: .wait(gate, "done")) {
                try await stage.put(JobStage.chat($0, in: $1))
            }
            await instances[1].plugin.handOver()
            gate.open()
            let answered = try await answers.take(channels.count + 1)
            #expect(answered.filter { $0.content == "echo: next" }.map(\.channel) == [channel])
            // It does not know what was said before.
            #expect(stage.ollama.calls.filter { $0.question == "next" }.map(\.messages.count) == [2])
        }
    }

    @Test("a job that takes longer to claim is not overtaken by what comes after it")
    func claims() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let record = JobRecord(owner: "gone", at: SystemTime().timestamp + .seconds(-60))
            let identity = ReplyContext.identity("p", within: "persona", "c")
            try await stage.bucket().create("id.\(SHA256.hexadecimal(identity.utf8))", record.bytes)
            try await stage.start()
            for job in [
                #"{"action":"persona","channel_id":"c","persona":"concise","request_id":"p"}"#, JobStage.chat("one"),
            ] { try stage.client.publish(Array(job.utf8), to: Subjects.job) }
            #expect(try await answers.take(2).map(\.content) == ["Persona changed to: concise", "echo: one"])
            try await stage.put(JobStage.chat("two", in: "d"))
            _ = try await answers.next()
            let systems = stage.ollama.calls.map(\.system)
            #expect(systems.count == 2 && systems.first != systems.last)
        }
    }

    @Test("a prompt that waits in an instance that ends is answered by another one, on the same stream")
    func ownerOfPromptEnds() async throws {
        try await JobStage.with { stage in
            let instances = try await stage.start(2, agent: Self.agent)
            let stream = try await stage.listen("inbox.next")
            let keys = Self.keys.prefix(8)
            _ = try await occupy(instances, stage, in: keys.map { "agents.crew.deck.\($0)" }) { words, channel in
                let key = channel.split(separator: ".").last ?? ""
                try stage.prompt(words, as: String(key), reply: "inbox.\(words)")
            }
            await instances[1].end()
            var said: [String] = []
            while let data = try await stream.next()["data"] { said.append(data) }
            #expect(said.filter { $0 != "ack" } == ["echo: next"])
            #expect(stage.ollama.calls.count { $0.question == "next" } == 1)
        }
    }

    @Test("a channel is stopped by its owner, and nobody else is asked; completions that name it are its owner's too")
    func stop() async throws {
        try await JobStage.with { stage in
            stage.ollama.when("hang", .silent)
            let instances = try await stage.start(2)
            let said = try await stage.listen("rosey-llm.peers")
            for channel in channels {
                let completion = #"{"action":"complete","channel_id":"\#(channel)","message":"hang"}"#
                try stage.client.publish(Array(completion.utf8), to: Subjects.request)
                try await stage.put(JobStage.chat("hang", in: channel))
            }
            try await stage.ollama.waitForCalls(channels.count * 2, with: "hang")
            #expect(instances.allSatisfy { $0.service.load.running > 0 })
            for channel in channels {
                let reply = try await stage.ask(#"{"action":"cancel","channel_id":"\#(channel)"}"#)
                #expect(reply.content == "Stopped (2 cancelled).")
            }
            // Of a request nobody knows where it is.
            #expect(try await stage.ask(#"{"action":"cancel","request_id":"nothing"}"#).code == "not_found")
            var asked = try await said.next()
            while asked["type"] != "stop" { asked = try await said.next() }
            #expect(asked.id == "nothing")
        }
    }
}

extension JobStage {
    /// Asks on `llm.request`, and gives the one reply.
    fileprivate func ask(_ json: String) async throws -> Reply {
        Reply(try await client.request(Array(json.utf8), to: Subjects.request, timeout: .seconds(30)))
    }

    /// Prompts the agent `crew/deck` in the name of a key.
    fileprivate func prompt(_ words: String, as key: String, reply: String) throws {
        let sender = #"{"v":1,"account":"$G","user":"\#(key)"}"#
        try client.publish(
            Array(words.utf8), to: "agents.prompt.rosey.crew.deck", reply: reply, headers: [("Agent-Sender", sender)])
    }
}
