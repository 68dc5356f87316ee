import BusProtocol
import FoundationEssentials
import JSON
import LLMService
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("The agent")
struct AgentTests {
    private static let settings = PluginSettings(
        limits: RequestLimits(messageBytes: 1 << 10), chat: ChatSettings().with { $0.deltaInterval = .zero },
        version: "1.2.3", instance: "00c0ffee",
        agent: AgentSettings().with { ($0.owner, $0.name) = ("crew", "deck") })
    private static let prompt = "agents.prompt.rosey.crew.deck"

    @Test("is found as one of the service agents, with what a caller has to know")
    func discovery() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            for address in ["agents", "agents.00c0ffee"] {
                let info = try await stage.ask([], on: "$SRV.INFO.\(address)")
                #expect(info["id"] == "00c0ffee")
                #expect(
                    info.fields["metadata"]
                        == .object([
                            "agent": .string("rosey"), "owner": .string("crew"), "session": .string("deck"),
                            "protocol_version": .string("0.3"),
                        ]))
                let endpoints = try info.endpoints()
                #expect(endpoints.map { $0["name"]?.string } == ["prompt", "status"])
                #expect(endpoints.map { $0["subject"]?.string } == [Self.prompt, "agents.status.rosey.crew.deck"])
                #expect(endpoints.allSatisfy { $0["queue_group"] == .string("agents") })
                #expect(
                    endpoints.first?["metadata"]
                        == .object(["max_payload": .string("1KB"), "attachments_ok": .string("false")]))
            }
            // Who asks all services hears of both.
            let inbox = try await stage.listen("inbox")
            try stage.client.publish([], to: "$SRV.PING", reply: "inbox")
            #expect(Set(try await inbox.take(2).compactMap { $0["name"] }) == ["agents", "rosey-llm"])
        }
    }

    @Test("takes note of a prompt, answers in pieces, and ends with nothing")
    func stream() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let gate = Gate()
            stage.ollama.when("story", .stream([.words("Once "), .wait(gate), .words("upon a time")]))
            let replies = try stage.client.requestMany(
                Array("a story".utf8), to: Self.prompt, idleTimeout: .seconds(30))
            var texts: [String] = []
            for try await message in replies {
                #expect(message.headers.isEmpty)
                texts.append(String(decoding: message.payload, as: UTF8.self))
                // Nothing of the rest could be there yet.
                if texts.count == 2 { gate.open() }
            }
            #expect(
                texts == [
                    #"{"type":"status","data":"ack"}"#, #"{"type":"response","data":"Once "}"#,
                    #"{"type":"response","data":"upon a time"}"#,
                ])
            // It is counted once it is out.
            try await eventually { stage.plugin.metrics.answered.value == 1 }
        }
    }

    @Test("goes on with the conversation, one for whoever is nobody, and one for each that says who it is")
    func conversations() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let first = try await stage.said("one")
            #expect(first == "echo: one")
            #expect(try await stage.said(#"{"prompt":"two"}"#) == "echo: two")
            #expect(stage.ollama.calls.last?.messages.dropFirst().map(\.last) == ["one", "echo: one", "two"])
            let key = "U" + String(repeating: "A", count: 55)
            let sender = #"{"v":1,"account":"$G","user":"\#(key)","name":"zoé"}"#
            #expect(try await stage.said("three", sender: sender) == "echo: zoé: three")
            #expect(stage.ollama.calls.last?.messages.dropFirst().map(\.last) == ["zoé: three"])
            #expect(try await stage.said("four", sender: "rubbish") == "echo: four")
            #expect(stage.ollama.calls.last?.messages.count == 6)
        }
    }

    @Test(
        "refuses what is no prompt, before it takes note of it",
        arguments: [
            ("", "expected a prompt, got nothing"), ("{", "expected a JSON object in UTF-8"),
            (#"{"prompt":5}"#, "prompt: expected a non-empty string, got 5"),
            (#"{"prompt":"p","attachments":[{}]}"#, "attachments: this agent takes none"),
            (String(repeating: "x", count: 1025), "expected at most 1024 bytes, got 1025"),
        ])
    func refusal(payload: String, message: String) async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let errors = try await stage.listen("rosey.event.llm.error")
            let answer = try await stage.prompt(payload)
            #expect(answer.statuses.isEmpty && answer.text.isEmpty)
            #expect(answer.error?.headers["Nats-Service-Error-Code"] == "400")
            #expect(answer.error?.headers["Nats-Service-Error"] == message)
            #expect(answer.error?["message"] == message)
            #expect(try await errors.next()["error_type"] == "validation")
            #expect(stage.ollama.calls.isEmpty)
        }
    }

    @Test("says what went wrong after what it has said, and ends")
    func failure() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            stage.ollama.when("break", .stream([.words("Once "), .breakOff]))
            let answer = try await stage.prompt("break")
            #expect(answer.statuses == ["ack"])
            #expect(answer.text == "Once ")
            #expect(answer.error?.headers["Nats-Service-Error-Code"] == "500")
            #expect(answer.error?["error"]?.hasPrefix("provider_") == true)
            #expect(answer.error?["message"]?.isEmpty == false)
            let stats = try await stage.ask([], on: "$SRV.STATS.agents").endpoints()
            #expect(stats.first?["num_requests"] == .integer(1))
            #expect(stats.first?["num_errors"] == .integer(1))
            #expect(stage.log.all.contains("A request failed"))
        }
    }

    @Test("refuses one more than may wait, and answers the others in their order")
    func order() async throws {
        let limits = QueueLimits(waitingPerChannel: 1)
        try await Stage.with(ServiceSettings(queue: limits), plugin: Self.settings) { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "slowly"))
            let slow = Task { try await stage.prompt("slow") }
            try await stage.ollama.waitForCalls(with: "slow")
            let inbox = try await stage.listen("inbox")
            try stage.client.publish(Array("next".utf8), to: Self.prompt, reply: "inbox")
            // It has a place in line, and is told so.
            #expect(try await inbox.next()["data"] == "ack")
            let refused = try await stage.prompt("more")
            #expect(refused.error?.headers["Nats-Service-Error-Code"] == "429")
            #expect(refused.error?["error"] == "busy")
            gate.open()
            #expect(try await slow.value.text == "slowly")
            #expect(try await inbox.next()["data"] == "echo: next")
            #expect(try await inbox.next().bytes.isEmpty)
        }
    }

    @Test("says that it still works while a model thinks")
    func patience() async throws {
        var settings = Self.settings
        settings.agent?.patience = .milliseconds(20)
        try await Stage.with(plugin: settings) { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "slowly"))
            let inbox = try await stage.listen("inbox")
            try stage.client.publish(Array("slow".utf8), to: Self.prompt, reply: "inbox")
            #expect(try await inbox.take(3).map { $0["data"] } == ["ack", "working", "working"])
            gate.open()
            var said: [String] = []
            while let data = try await inbox.next()["data"] { said.append(data) }
            #expect(said.filter { $0 != "working" } == ["slowly"])
        }
    }

    @Test("cuts an answer that is larger than the bus takes")
    func large() async throws {
        var settings = Self.settings
        settings.limits.messageBytes = 1 << 20
        try await Stage.with(plugin: settings, configuration: "max_payload: 2500") { stage in
            let text = String(repeating: "0123456789\n", count: 900)
            stage.ollama.when("long", .answer(text))
            #expect(try await stage.said("long") == text)
            let prompt = try await stage.ask([], on: "$SRV.INFO.agents").endpoints().first
            #expect(prompt?["metadata"]?.object?["max_payload"] == .string("2500B"))
        }
    }

    @Test("says that it is there when it comes, again and again, and when it is asked")
    func presence() async throws {
        try await Stage.with { stage in
            var settings = Self.settings
            settings.agent?.heartbeat = .milliseconds(50)
            let beats = try await stage.listen("agents.hb.*.*.*")
            try await Stage.withInstance(stage.server, "http://127.0.0.1:9", ServiceSettings(), settings) { _, _, _ in
                let heard = try await beats.take(3)
                #expect(Set(heard.map(\.subject)) == ["agents.hb.rosey.crew.deck"])
                let status = try await stage.ask(Array("whatever".utf8), on: "agents.status.rosey.crew.deck")
                for beat in heard + [status] {
                    #expect(beat["agent"] == "rosey")
                    #expect(beat["owner"] == "crew")
                    #expect(beat["session"] == "deck")
                    #expect(beat["instance_id"] == "00c0ffee")
                    #expect(beat["ts"]?.utf8.count == 24)
                    #expect(beat.fields["interval_s"] == .integer(1))
                    #expect(beat["protocol_version"] == "0.3")
                }
            }
        }
    }

    @Test("does nothing for whom it cannot answer, and answers none of its own subjects")
    func loops() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            try stage.client.publish(Array("nobody".utf8), to: Self.prompt)
            try stage.client.publish(Array("loop".utf8), to: Self.prompt, reply: Self.prompt)
            try stage.client.publish(Array("loop".utf8), to: Self.prompt, reply: "llm.request")
            #expect(try await stage.said("somebody") == "echo: somebody")
            #expect(stage.ollama.calls.map(\.question) == ["somebody"])
            #expect(stage.plugin.metrics.ignored.value == 3)
        }
    }

    @Test("is not there where nobody wants it")
    func absent() async throws {
        try await Stage.with { stage in
            await #expect(throws: NATSError.self) { try await stage.ask(Array("x".utf8), on: Self.prompt) }
        }
    }
}

extension Stage {
    /// What came of a prompt.
    struct PromptAnswer: Sendable {
        var statuses: [String] = []
        var text = ""
        /// The message with the error's headers: nothing came after it but the end.
        var error: Reply?
    }

    /// Prompts the agent `crew/deck`, and gives what it said.
    func said(_ payload: String, sender: String? = nil) async throws -> String? {
        try await prompt(payload, sender: sender).text
    }

    /// Prompts the agent `crew/deck`, and gives all that came until the empty message.
    func prompt(_ payload: String, sender: String? = nil) async throws -> PromptAnswer {
        let headers = sender.map { [(name: "Agent-Sender", value: $0)] } ?? []
        let replies = try client.requestMany(
            Array(payload.utf8), to: "agents.prompt.rosey.crew.deck", headers: headers, idleTimeout: .seconds(30))
        var answer = PromptAnswer()
        for try await message in replies {
            let reply = Reply(message)
            if answer.error != nil { throw TimedOut() }
            switch reply["type"] {
            case "status": answer.statuses.append(reply["data"] ?? "")
            case "response": answer.text += reply["data"] ?? ""
            default: answer.error = reply
            }
        }
        return answer
    }
}
