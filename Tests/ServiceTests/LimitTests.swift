import BusProtocol
import Conversations
import JSON
import LLMService
import NATSClient
import NATSPlugin
import TestSupport
import Testing

@Suite("Limits and permissions on the bus")
struct LimitTests {
    private func settings(_ set: (inout LimitSettings) -> Void) -> ServiceSettings {
        var settings = ServiceSettings()
        set(&settings.limits)
        return settings
    }

    /// A text with its seconds made N: time passes while a test runs.
    private func plain(_ text: String?) -> String? { text?.replacing(/in [0-9]+s/, with: "in Ns") }

    @Test("are the same on every door")
    func doors() async throws {
        try await Stage.with(settings { $0.user.requestsPerMinute = 3 }) { stage in
            #expect(try await stage.type("hello").content == "echo: alice: hello")
            #expect(
                try await stage.ask(#"{"action":"complete","message":"two","username":"alice"}"#).content
                    == "echo: two")
            #expect(try await stage.type("retry").content == "echo: alice: hello")
            let errors = try await stage.listen("llm.error")
            let text = "Rate limit: 3 requests/minute (resets in Ns)"
            for reply in [
                try await stage.type("hello", in: "elsewhere"), try await stage.type("retry"),
                try await stage.ask(#"{"action":"chat","channel_id":"c","message":"m","username":"alice"}"#),
                try await stage.ask(#"{"action":"embed","input":"m","username":"alice"}"#),
            ] {
                #expect(plain(reply.error) == text)
                #expect(reply.code == "rate_limited")
                #expect(reply.fields["retryable"] == .bool(true))
                #expect(reply.headers["Nats-Service-Error-Code"] == "429")
                guard case .integer(1...60)? = reply.fields["retry_after_s"] else {
                    Issue.record("no time to wait: \(reply)")
                    continue
                }
                #expect(try await errors.next().bytes == reply.bytes)
            }
            // What asks no model is free, and others are as free as before.
            #expect(try await stage.type("persona").error == nil)
            #expect(try await stage.ask(#"{"action":"models","username":"alice"}"#).error == nil)
            #expect(try await stage.type("hello", as: "bob").content?.hasSuffix("bob: hello") == true)
            #expect(stage.ollama.calls.count == 4)
        }
    }

    @Test("let ten of a hundred through that come at once, and refuse the others")
    func flood() async throws {
        try await Stage.with(settings { $0.user.requestsPerMinute = 10 }) { stage in
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        number % 2 == 0
                            ? try await stage.type("m", in: "room \(number)")
                            : try await stage.ask(#"{"action":"complete","message":"m","username":"alice"}"#)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.count { $0.content != nil } == 10)
            #expect(replies.count { $0.code == "rate_limited" } == 90)
            #expect(stage.ollama.calls.count == 10)
        }
    }

    @Test("of plugins are for those that ask in nobody's name")
    func plugins() async throws {
        let settings = settings {
            $0.plugins.requestsPerHour = 1
            $0.user.requestsPerHour = 2
        }
        try await Stage.with(settings) { stage in
            func ask(_ fields: String) async throws -> Reply {
                try await stage.ask(#"{"action":"complete","message":"m"\#(fields)}"#)
            }
            for fields in ["", #","plugin":"dice""#, #","source":"trivia""#, #","username":"bob""#] {
                #expect(try await ask(fields).content == "echo: m", "\(fields)")
            }
            let plugins = "Rate limit: 1 requests/hour for plugins (resets in 60 minutes)"
            let plugin = "Rate limit: 1 requests/hour for this plugin (resets in 60 minutes)"
            let user = "Rate limit: 2 requests/hour (resets in 60 minutes)"
            for fields in ["", #","plugin":5"#, #","plugin":"a b""#, #","source":"""#, #","username":null"#] {
                let error = try await ask(fields).error
                #expect(error == plugins, "\(fields)")
            }
            for fields in [#","plugin":"dice""#, #","source":"dice""#, #","plugin":"trivia""#] {
                let error = try await ask(fields).error
                #expect(error == plugin, "\(fields)")
            }
            #expect(try await ask(#","username":"bob","plugin":"dice""#).content == "echo: m")
            let refused = try await ask(#","username":"bob","plugin":"new""#).error
            #expect(refused == user)
        }
    }

    @Test("run a request again under its id once there is something again")
    func again() async throws {
        try await Stage.with(settings { $0.channel.requestsPerDay = 1 }) { stage in
            _ = try await stage.type("one")
            let json = #"{"action":"chat","channel_id":"lobby","message":"two","username":"bob","request_id":"r-1"}"#
            let refused = try await stage.ask(json)
            #expect(refused.error == "Rate limit: 1 requests/day for this channel (resets in 24 hours)")
            #expect(try await stage.ask(json).bytes != [])
            #expect(stage.ollama.calls.count == 1)
            #expect(try await stage.ask(json.replacing("lobby", with: "other")).content == "echo: bob: two")
        }
    }

    @Test("tell how much is left")
    func usage() async throws {
        try await Stage.with(
            settings { $0.user = UsageLimits(requestsPerMinute: 10, requestsPerHour: 100, tokensPerDay: 1000) }
        ) { stage in
            for _ in 0..<2 { _ = try await stage.type("hi") }
            _ = try await stage.ask(#"{"action":"complete","message":"m"}"#)
            let usage = try await stage.type("usage")
            #expect(
                usage.content
                    == "Usage of alice today: 2 requests, 72 tokens.\n"
                    + "Left: 8 requests this minute, 98 this hour, 928 tokens today.")
            #expect(usage["type"] == "llm_response")
            #expect(try await stage.type("USAGE").content == usage.content)
            #expect(
                try await stage.type("usage", as: "bob").content?.hasPrefix(
                    "Usage of bob today: 0 requests, 0 tokens.\n") == true)
            let status = try await stage.ask(#"{"action":"status"}"#)
            #expect(status.fields["requests_today"] == .integer(3))
            #expect(status.fields["tokens_today"] == .integer(108))
            #expect(status.fields["rate_limited"] == .bool(false))
        }
    }

    @Test("that are near are told of on the bus, whichever way the requests come")
    func thresholds() async throws {
        try await Stage.with(settings { $0.user.requestsPerHour = 5 }) { stage in
            let events = try await stage.listen("rosey.event.llm.usage_threshold")
            for number in 0..<5 {
                _ =
                    number % 2 == 0
                    ? try await stage.type("hi")
                    : try await stage.ask(#"{"action":"complete","message":"m","username":"alice"}"#)
            }
            let heard = try await events.take(2)
            #expect(
                heard[0].fields == [
                    "user": .string("alice"), "channel": .null, "threshold_type": .string("hour"),
                    "current": .integer(4), "limit": .integer(5), "percentage": .number(0.8),
                ])
            #expect(heard[1].fields["percentage"] == .integer(1))
            #expect(heard[1]["channel_id"] == nil && heard[1]["channel"] == "lobby")
        }
    }

    @Test("keep commands for admins")
    func permissions() async throws {
        var plugin = PluginSettings()
        plugin.chat.permissions = Permissions(admins: ["root"], restricted: [.reset, .persona, .model, .retry])
        try await Stage.with(plugin: plugin) { stage in
            _ = try await stage.type("hi")
            let errors = try await stage.listen("llm.error")
            for (words, sentence) in [
                ("reset", "Only admins may reset the conversation here."),
                ("persona technical", "Only admins may change the persona here."),
                ("model tiny", "Only admins may change the model here."),
                ("retry", "Only admins may have an answer made again here."),
            ] {
                let reply = try await stage.type(words)
                #expect(reply.error == sentence)
                #expect(reply.code == "forbidden")
                #expect(reply.headers["Nats-Service-Error-Code"] == "403")
                #expect(try await errors.next().bytes == reply.bytes)
            }
            #expect(stage.ollama.calls.count == 1)
            #expect(try await stage.type("persona").content?.contains("Current: default.") == true)
            #expect(try await stage.type("model").error == nil)
            // A message without a name is nobody's.
            let nameless = Array(#"{"args":"reset","channel_id":"lobby"}"#.utf8)
            #expect(try await stage.ask(nameless, on: Subjects.command).code == "forbidden")
            #expect(try await stage.type("retry", as: "root").content == "echo: alice: hi")
            #expect(try await stage.type("persona technical", as: "root").content == "Persona changed to: technical")
            #expect(
                try await stage.type("reset", as: "root").content == "Conversation context reset (2 messages cleared).")
        }
    }

    @Test("let everybody stop their own where only admins may stop others")
    func stop() async throws {
        var plugin = PluginSettings()
        plugin.chat.permissions = Permissions(admins: ["root"], restricted: [.cancel])
        try await Stage.with(plugin: plugin) { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "done"))
            let errors = try await stage.listen("llm.error")
            for (id, user) in [("r-1", "alice"), ("r-2", "bob"), ("r-3", "alice")] {
                try stage.client.publish(
                    Array(Stage.command("slow", in: "lobby", as: user, id: id).utf8), to: Subjects.command)
            }
            try await stage.ollama.waitForCalls(with: "slow")
            #expect(try await stage.type("stop", as: "carol").content == "Stopped (0 cancelled).")
            #expect(try await stage.type("stop", as: "bob").content == "Stopped (1 cancelled).")
            let stopped = try await errors.next()
            #expect(stopped.id == "r-2")
            #expect(stopped.code == "cancelled")
            #expect(try await stage.type("stop", as: "root").content == "Stopped (2 cancelled).")
            #expect(Set(try await errors.take(2).map(\.id)) == ["r-1", "r-3"])
            gate.open()
        }
    }
}
