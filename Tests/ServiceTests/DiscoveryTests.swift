import JSON
import LLMService
import NATSClient
import NATSPlugin
import TestSupport
import Testing

@Suite("Discovery")
struct DiscoveryTests {
    private static let settings = PluginSettings(version: "1.2.3", instance: "00c0ffee")

    @Test(
        "answers all three verbs, to all, by name, and by name and id",
        arguments: ["PING", "INFO", "STATS"], ["", ".rosey-llm", ".rosey-llm.00c0ffee"])
    func subjects(verb: String, address: String) async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let reply = try await stage.ask([], on: "$SRV.\(verb)\(address)")
            #expect(reply["type"] == "io.nats.micro.v1.\(verb.lowercased())_response")
            #expect(reply["name"] == "rosey-llm")
            #expect(reply["id"] == "00c0ffee")
            #expect(reply["version"] == "1.2.3")
            #expect(reply.fields["metadata"] == .object([:]))
            #expect(reply.headers.isEmpty)
        }
    }

    @Test(
        "has nobody at other names and ids",
        arguments: [
            "$SRV.PING.other", "$SRV.PING.rosey-llm.other", "$SRV.PING.rosey-llm.00c0ffee.x", "$SRV.PING.agents",
        ])
    func others(subject: String) async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            await #expect(throws: NATSError.self) {
                do { _ = try await stage.ask([], on: subject) } catch let error as NATSError {
                    #expect(error.code == .noResponders)
                    throw error
                }
            }
        }
    }

    @Test("says nothing to what is no verb, and to whom it may not reply")
    func silence() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let answers = try await stage.listen("inbox.*")
            let requests = try await stage.listen("llm.request")
            try stage.client.publish([], to: "$SRV.SCHEMA", reply: "inbox.a")
            try stage.client.publish([], to: "$SRV.ping", reply: "inbox.b")
            try stage.client.publish([], to: "$SRV.PING")
            try stage.client.publish([], to: "$SRV.PING", reply: "llm.request")
            try stage.client.publish([], to: "$SRV.PING", reply: "inbox.c")
            // They are answered in their order: nothing was before it, neither here nor there.
            #expect(try await answers.next().subject == "inbox.c")
            try stage.send(#"{"action":"status"}"#)
            #expect(try await requests.next()["action"] == "status")
        }
    }

    @Test("lists what it listens on, and what for")
    func endpoints() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let info = try await stage.ask([], on: "$SRV.INFO.rosey-llm")
            #expect(info["description"] == "language models on NATS")
            let endpoints = try info.endpoints()
            #expect(
                endpoints.compactMap { $0["subject"]?.string } == [
                    "rosey.command.chat", "llm.request", "rosey.command.chat.remember", "rosey.command.chat.recall",
                    "rosey.command.chat.forget", "rosey.llm.chat", "rosey.llm.complete", "rosey.llm.summarize",
                    "rosey.llm.memory.add", "rosey.llm.memory.recall", "rosey.llm.persona.get",
                    "rosey.llm.persona.set", "rosey.llm.persona.list", "rosey.llm.status", "rosey.llm.usage",
                    "rosey.llm.models",
                ])
            #expect(endpoints.allSatisfy { $0["queue_group"] == .string("rosey-llm") })
            #expect(endpoints.allSatisfy { $0["metadata"]?.object?["description"]?.string?.isEmpty == false })
            let stats = try await stage.ask([], on: "$SRV.STATS.rosey-llm").endpoints()
            #expect(stats.map { $0["name"] } == endpoints.map { $0["name"] })
        }
    }

    @Test("counts requests and failures where they came, with their time to the end of the answer")
    func statistics() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "slowly"))
            stage.ollama.when("broken", .fail(500, "secret"))
            let started = ContinuousClock.now
            let slow = Task { try await stage.ask(#"{"action":"complete","message":"slow"}"#) }
            try await stage.ollama.waitForCalls(with: "slow")
            // Under way: it counts, its time does not yet.
            let before = try await stage.statistics("request")
            #expect(before["num_requests"] == .integer(1))
            #expect(before["processing_time"] == .integer(0))
            _ = try await stage.ask(#"{"action":"complete","message":"broken"}"#)
            _ = try await stage.ask("no object")
            _ = try await stage.type("persona bogus")
            _ = try await stage.type("hello")
            _ = try await stage.call("memory.add", "{}")
            _ = try await stage.call("status", "")
            let lasted = ContinuousClock.now - started
            gate.open()
            #expect(try await slow.value.content == "slowly")
            // The answer is out before its time is taken.
            let request = try await stage.statistics("request") {
                ($0["processing_time"]?.number ?? 0) > lasted / .nanoseconds(1)
            }
            #expect(request["num_requests"] == .integer(3))
            #expect(request["num_errors"] == .integer(2))
            #expect(request["last_error"] == .string("400:not a JSON object in UTF-8"))
            let time = try #require(request["processing_time"]?.number)
            #expect(request["average_processing_time"]?.number == (time / 3).rounded(.down))
            #expect(time < 60e9)
            let command = try await stage.statistics("command")
            #expect(command["num_requests"] == .integer(2))
            #expect(command["num_errors"] == .integer(1))
            #expect(command["last_error"] == .string("400:no such persona"))
            let calls = try await [stage.statistics("call-memory-add"), stage.statistics("call-status")]
            #expect(calls.map { $0["num_requests"] } == [.integer(1), .integer(1)])
            #expect(calls.map { $0["num_errors"] } == [.integer(1), .integer(0)])
            #expect(try await stage.statistics("call-chat")["num_requests"] == .integer(0))
        }
    }

    @Test("finds every instance, and each by its id")
    func instances() async throws {
        try await Stage.with(plugin: Self.settings) { stage in
            try await Stage.withInstance(
                stage.server, "http://127.0.0.1:9", ServiceSettings(),
                PluginSettings(version: "1.2.3", instance: "00000002")
            ) { _, _, _ in
                let inbox = try await stage.listen("inbox")
                try stage.client.publish([], to: "$SRV.PING.rosey-llm", reply: "inbox")
                #expect(Set(try await inbox.take(2).compactMap { $0["id"] }) == ["00c0ffee", "00000002"])
                #expect(try await stage.ask([], on: "$SRV.PING.rosey-llm.00000002")["id"] == "00000002")
            }
        }
    }
}

extension Reply {
    /// Of an answer of the services protocol.
    func endpoints() throws -> [[String: JSONValue]] {
        guard case .array(let items)? = fields["endpoints"] else { throw TimedOut() }
        return items.compactMap(\.object)
    }
}

extension Stage {
    /// The statistics of an endpoint, as soon as they are so.
    func statistics(
        _ name: String, until isSo: @escaping @Sendable ([String: JSONValue]) -> Bool = { _ in true }
    ) async throws -> [String: JSONValue] {
        try await withTimeout {
            while true {
                let all = try await self.ask([], on: "$SRV.STATS.rosey-llm").endpoints()
                if let endpoint = all.first(where: { $0["name"] == .string(name) }), isSo(endpoint) { return endpoint }
            }
        }
    }
}

extension JSONValue {
    /// The value of a whole number.
    fileprivate var number: Double? { if case .integer(let value) = self { Double(value) } else { nil } }
}
