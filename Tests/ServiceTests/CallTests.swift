import Conversations
import JSON
import LLMService
import NATSClient
import NATSPlugin
import Observability
import TestSupport
import Testing

@Suite("Calls on rosey.llm.*")
struct CallTests {
    private static let answerFields: Set<String> = [
        "success", "content", "error", "tokens_used", "provider", "model", "usage", "finish_reason", "request_id",
    ]

    @Test("chat uses the channel's conversation, and nobody else hears of the answer")
    func chat() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.>")
            let first = try await stage.call(
                "chat", #"{"channel":"lobby","user":"alice","message":"one","persona":"concise","request_id":"r"}"#)
            #expect(Set(first.fields.keys) == Self.answerFields)
            #expect(first.fields["success"] == .bool(true))
            #expect(first.content == "echo: alice: one")
            #expect(first.fields["error"] == .null)
            #expect(first.fields["tokens_used"] == .integer(36))
            #expect(first["provider"] == "OllamaProvider")
            #expect(first["model"] == "llama3.2")
            #expect(first["finish_reason"] == "stop")
            #expect(first.id == "r")
            #expect(stage.ollama.calls.last?.system.contains("one short sentence") == true)
            let second = try await stage.type("two")
            #expect(second.content == "echo: alice: two")
            #expect(
                stage.ollama.calls.last?.messages.dropFirst().map(\.last) == [
                    "alice: one", "echo: alice: one", "alice: two",
                ])
            // The first that is heard is the answer to the command.
            #expect(try await answers.next().bytes == second.bytes)
        }
    }

    @Test("chat waits for its turn in the channel, like every chat")
    func lane() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "slowly"))
            let slow = Task { try await stage.type("slow") }
            try await stage.ollama.waitForCalls(with: "slow")
            let quick = Task {
                try await stage.call("chat", #"{"channel_id":"lobby","username":"bob","message":"quick"}"#)
            }
            // A channel of its own is not in its way; then it is in line.
            _ = try await stage.call("chat", #"{"channel":"other","message":"x"}"#)
            #expect(stage.ollama.calls.count == 2)
            gate.open()
            #expect(try await slow.value.content == "slowly")
            #expect(try await quick.value.content == "echo: bob: quick")
        }
    }

    @Test("complete and summarize touch no conversation")
    func complete() async throws {
        try await Stage.with { stage in
            let reply = try await stage.call(
                "complete",
                #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],"temperature":0.25}"#)
            #expect(Set(reply.fields.keys) == Self.answerFields)
            #expect(reply.content == "echo: u")
            #expect(stage.ollama.calls.last?.roles == ["system", "user"])
            #expect(stage.ollama.calls.last?.temperature == 0.25)
            let scripted = try await stage.call(
                "complete", #"{"messages":[{"role":"user","content":"story"}],"provider":"scripted"}"#)
            #expect(scripted["provider"] == "ScriptedProvider")
            let summary = try await stage.call("summarize", #"{"text":"much","style":"detailed"}"#)
            #expect(Set(summary.fields.keys) == ["success", "summary", "error"])
            #expect(summary["summary"]?.contains("Provide a detailed summary:") == true)
            #expect(summary["summary"]?.contains(">\nmuch\n</") == true)
        }
    }

    @Test("personas are got, set and listed")
    func personas() async throws {
        try await Stage.with { stage in
            let names = JSONValue.array(["default", "concise", "technical", "creative"].map(JSONValue.string))
            let before = try await stage.call("persona.get", #"{"channel":"lobby"}"#)
            #expect(
                before.fields
                    == ["success": .bool(true), "persona": .string("default"), "available": names, "error": .null])
            let set = try await stage.call("persona.set", #"{"channel":"lobby","persona":"Technical"}"#)
            #expect(set["persona"] == "technical")
            #expect(try await stage.type("persona").content?.contains("Current: technical.") == true)
            #expect(try await stage.call("persona.list", "").fields["persona"] == .null)
            #expect(try await stage.call("persona.list", #"{"channel":"lobby"}"#)["persona"] == "technical")
            let wrong = try await stage.call("persona.set", #"{"channel":"lobby","persona":"pirate"}"#)
            #expect(wrong.fields["success"] == .bool(false))
            #expect(wrong.fields["available"] == .null)
            #expect(wrong.code == "unknown_persona")
            #expect(wrong.error == "Unknown persona 'pirate'. Available: default, concise, technical, creative")
            #expect(try await stage.call("persona.get", #"{"channel":"lobby"}"#)["persona"] == "technical")
        }
    }

    @Test("status tells how the service does, whatever is in the question")
    func status() async throws {
        try await Stage.with(plugin: PluginSettings(version: "9.8.7", instance: "00c0ffee")) { stage in
            for payload in ["", "{", "[]", #"{"channel":5}"#] {
                let status = try await stage.call("status", payload)
                #expect(
                    Set(status.fields.keys) == [
                        "healthy", "provider", "model", "requests_today", "tokens_today", "rate_limited",
                        "uptime_seconds", "providers", "version", "instance", "instances", "handed_over",
                        "handover_ms",
                    ])
                #expect(status.fields["healthy"] == .bool(true))
                #expect(status["provider"] == "OllamaProvider")
                #expect(status["model"] == "llama3.2")
                #expect(status["version"] == "9.8.7")
                #expect(status["instance"] == "00c0ffee")
                guard case .array(let providers)? = status.fields["providers"] else { throw TimedOut() }
                #expect(
                    providers.first
                        == .object([
                            "name": .string("ollama"), "available": .bool(true), "breaker": .string("closed"),
                            "latency_ms": .null,
                        ]))
            }
        }
    }

    @Test("usage tells what was asked and spent, and what is left; limits hold for calls too")
    func usage() async throws {
        var settings = ServiceSettings()
        settings.limits.user.requestsPerHour = 2
        settings.limits.plugins.requestsPerHour = 1
        try await Stage.with(settings) { stage in
            let chat = #"{"channel":"c","user":"alice","message":"m"}"#
            let limit = "Rate limit: 2 requests/hour (resets in 60 minutes)"
            for _ in 0..<2 { #expect(try await stage.call("chat", chat).fields["success"] == .bool(true)) }
            let refused = try await stage.call("chat", chat)
            #expect(refused.error == limit)
            #expect(refused.code == "rate_limited")
            guard case .integer(3500...3600)? = refused.fields["retry_after_s"] else { throw TimedOut() }
            let complete = #"{"messages":[{"role":"user","content":"m"}]}"#
            #expect(try await stage.call("complete", complete).fields["success"] == .bool(true))
            #expect(try await stage.call("summarize", #"{"text":"t"}"#).code == "rate_limited")

            let left: [String: JSONValue] = [
                "requests_minute": .null, "requests_hour": .integer(0), "requests_day": .null, "tokens_day": .null,
            ]
            #expect(
                try await stage.call("usage", #"{"user":"alice"}"#).fields == [
                    "user": .string("alice"), "requests_today": .integer(2), "tokens_today": .integer(72),
                    "rate_limits_remaining": .object(left),
                ])
            let all = try await stage.call("usage", "{}")
            #expect(all.fields["user"] == .null)
            #expect(all.fields["requests_today"] == .integer(3))
            let status = try await stage.call("status", "")
            #expect(status.fields["requests_today"] == .integer(3))
            #expect(status.fields["tokens_today"] == .integer(108))
            #expect(status.fields["rate_limited"] == .bool(true))
        }
    }

    @Test("models lists what there is")
    func models() async throws {
        try await Stage.with { stage in
            func model(_ id: String, _ provider: String) -> JSONValue {
                .object(["id": .string(id), "provider": .string(provider)])
            }
            let ollama = [model("llama3.2:latest", "ollama"), model("tiny", "ollama")]
            #expect(
                try await stage.call("models", "").fields["models"] == .array(ollama + [model("eliza", "scripted")]))
            #expect(try await stage.call("models", #"{"provider":"ollama"}"#).fields["models"] == .array(ollama))
            let wrong = try await stage.call("models", #"{"provider":"x"}"#)
            #expect(wrong.fields["models"] == .null)
            #expect(wrong.code == "unknown_provider")
        }
    }

    @Test(
        "are always answered, also when they are malformed",
        arguments: [
            ("chat", "", "invalid_json"), ("chat", "[]", "invalid_json"), ("chat", "\u{0}", "invalid_json"),
            ("chat", "{}", "invalid_request"), ("complete", #"{"messages":7}"#, "invalid_request"),
            ("summarize", #"{"text":"t","style":"haiku"}"#, "invalid_request"),
            ("persona.get", "{}", "invalid_request"), ("persona.set", "null", "invalid_json"),
            ("memory.add", "{}", "invalid_request"), ("usage", "", "invalid_json"),
            ("nonsense", "", "unknown_action"), ("chat.chat", "{}", "unknown_action"),
            ("chat", #"{"channel":"c","message":"m","provider":"x"}"#, "unknown_provider"),
        ])
    func malformed(call: String, payload: String, code: String) async throws {
        try await Stage.with { stage in
            let errors = try await stage.listen("llm.error")
            let reply = try await stage.call(call, payload)
            #expect(reply.fields["success"] == .bool(false))
            #expect(reply.code == code)
            #expect(reply.error?.isEmpty == false)
            #expect(reply.headers["Nats-Service-Error"] != nil)
            // The first that is heard there is another's.
            let other = try await stage.ask(#"{"action":"dance"}"#)
            #expect(try await errors.next().bytes == other.bytes)
        }
    }

    @Test("that fail say why, in a sentence of ours")
    func failure() async throws {
        try await Stage.with { stage in
            stage.ollama.when("m", .fail(500, "the body"))
            let reply = try await stage.call("chat", #"{"channel":"c","message":"m"}"#)
            #expect(Set(reply.fields.keys) == Self.answerFields.union(["code"]))
            #expect(reply.code == "provider_unavailable")
            #expect(reply.error == "the language model is not available right now")
            #expect(reply.fields["content"] == .null)
            #expect(reply.fields["tokens_used"] == .integer(0))
        }
    }

    @Test("are answered at reply_to as well; without anybody to answer nothing is done, but counted")
    func replies() async throws {
        try await Stage.with { stage in
            let ear = try await stage.listen("plugin.inbox")
            try stage.client.publish(
                Array(#"{"channel":"c","message":"hi","reply_to":"plugin.inbox"}"#.utf8), to: "rosey.llm.chat")
            #expect(try await ear.next().content == "echo: hi")
            try stage.client.publish(Array(#"{"channel":"c","message":"nobody"}"#.utf8), to: "rosey.llm.chat")
            try stage.client.publish(
                Array(#"{"channel":"c","message":"loop"}"#.utf8), to: "rosey.llm.chat", reply: "rosey.llm.chat")
            try stage.client.publish([], to: "rosey.llm.status")
            _ = try await stage.call("status", "")
            #expect(stage.plugin.metrics.ignored.value == 3)
            #expect(stage.ollama.calls.count == 1)
            #expect(stage.log.all.contains("Ignored a call without a reply subject"))
            // It is counted once it is out.
            try await eventually { stage.plugin.metrics.answered.value == 2 }
        }
    }

    @Test("of the same id are answered once, and both callers get it")
    func sameID() async throws {
        try await Stage.with { stage in
            let payload = #"{"channel":"c","message":"hi","request_id":"r"}"#
            let first = try await stage.call("chat", payload)
            let second = try await stage.call("chat", payload)
            #expect(first.bytes == second.bytes)
            #expect(stage.ollama.calls.count == 1)
            // On another door it is another request.
            #expect(
                try await stage.ask(#"{"action":"chat","channel_id":"c","message":"hi","request_id":"r"}"#).content
                    == "echo: hi")
            #expect(stage.ollama.calls.count == 2)
        }
    }
}

extension Stage {
    /// Calls, and gives the reply.
    func call(_ name: String, _ json: String) async throws -> Reply {
        try await ask(Array(json.utf8), on: "rosey.llm.\(name)")
    }
}
