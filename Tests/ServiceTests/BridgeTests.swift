import BusProtocol
import CoreTestSupport
import FoundationEssentials
import JSON
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Settings
import Synchronization
import TestSupport
import Testing

@testable import NATSPlugin

@Suite("The bridge to the bot's own bus")
struct BridgeTests {
    private static func settings(_ bridge: BridgeSettings = BridgeSettings().with { $0.pause = .zero })
        -> PluginSettings
    {
        PluginSettings(bridge: bridge)
    }

    @Test(
        "answers a line in the bot's envelope, wherever it comes",
        arguments: ["rosey.platform.cytube.chatMsg", "rosey.platform.irc.message", "rosey.plugins.llm.message"])
    func line(subject: String) async throws {
        try await Stage.with(plugin: Self.settings()) { stage in
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat Hello, you", on: subject, correlation: "c-1")
            var event = try await room.next()
            if subject == event.subject, event.data["response"] == nil { event = try await room.next() }
            #expect(event.data["response"] == .string("echo: alice: Hello, you"))
            #expect(event.data["channel"] == .string("main"))
            #expect(event["subject"] == "rosey.plugins.llm.message")
            #expect(event["event_type"] == "message")
            #expect(event["source"] == "llm")
            #expect(event["correlation_id"] == "c-1")
            #expect(event.fields["priority"] == .integer(2))
            #expect(event.fields["metadata"] == .object([:]))
            #expect(event.fields["timestamp"] != nil)
            #expect(
                Set(event.fields.keys) == [
                    "subject", "event_type", "source", "data", "correlation_id", "timestamp", "priority", "metadata",
                ])
        }
    }

    @Test("answers a line once, and no line of its own, whatever name it comes back under")
    func once() async throws {
        try await Stage.with(plugin: Self.settings(BridgeSettings().with { ($0.mentions, $0.pause) = (true, .zero) })) {
            stage in
            stage.ollama.when("parrot", .answer("!chat I am Rosey"))
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat parrot", on: "rosey.platform.cytube.chatMsg")
            try stage.say("!chat parrot", on: "rosey.platform.cytube.message")
            #expect(try await room.next().data["response"] == .string("!chat I am Rosey"))
            try stage.say("!chat I am Rosey", as: "Rosey")
            try stage.say("!chat I am Rosey", as: "some_bot")
            try stage.say("Rosey, are you there?")
            #expect(try await room.next().data["response"] == .string("echo: alice: are you there?"))
            #expect(stage.ollama.calls.map(\.question) == ["alice: parrot", "alice: are you there?"])
        }
    }

    @Test("is one instance's alone, and another's when that one is gone")
    func instances() async throws {
        // One that has no bridge is none, whatever its id.
        var settings = Self.settings()
        settings.instance = "b"
        try await Stage.with(plugin: settings) { stage in
            var (first, none) = (Self.settings(), PluginSettings())
            (first.instance, none.instance) = ("a", "0")
            let room = try await stage.listen("rosey.plugins.llm.message")
            try await withHTTPServer(handler: stage.ollama.handle) { [first, none] _, url in
                try await Stage.withInstance(stage.server, url, ServiceSettings(), none) { _, idle, _ in
                    try await Stage.withInstance(stage.server, url, ServiceSettings(), first) { _, other, _ in
                        try await eventually {
                            [stage.plugin, idle, other].allSatisfy { $0.peerCount == 2 }
                        }
                        for number in 0..<5 {
                            try stage.say("!chat \(number)", on: "rosey.platform.cytube.chatMsg")
                            try stage.say("!chat \(number)", on: "rosey.platform.cytube.message")
                            #expect(try await room.next().data["response"] == .string("echo: alice: \(number)"))
                        }
                    }
                    try await eventually { stage.plugin.peerCount == 1 }
                    try stage.say("!chat after", on: "rosey.platform.cytube.chatMsg")
                    #expect(try await room.next().data["response"] == .string("echo: alice: after"))
                    #expect(stage.ollama.calls.count == 6)
                }
            }
        }
    }

    @Test("understands what is a command, and takes a mention for a question")
    func commands() async throws {
        try await Stage.with(plugin: Self.settings(BridgeSettings().with { ($0.mentions, $0.pause) = (true, .zero) })) {
            stage in
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat reset")
            #expect(
                try await room.next().data["response"] == .string("Conversation context reset (0 messages cleared)."))
            try stage.say("Rosey, reset")
            #expect(try await room.next().data["response"] == .string("echo: alice: reset"))
            try stage.say("!chat persona bogus")
            let error = try await room.next().data["response"]?.string
            #expect(error?.hasPrefix("Unknown persona 'bogus'.") == true)
        }
    }

    @Test("cuts what is long for the room, says it in order and in its own time, and begins nothing with a slash")
    func parts() async throws {
        let bridge = BridgeSettings().with { ($0.length, $0.pause) = (40, .milliseconds(100)) }
        try await Stage.with(plugin: Self.settings(bridge)) { stage in
            stage.ollama.when(
                "long", .answer("/kick everybody.\nThis is a sentence of some words. And one more of them."))
            let room = try await stage.listen("rosey.plugins.llm.message")
            let begin = ContinuousClock.now
            try stage.say("!chat long")
            let parts = try await room.take(3).compactMap { $0.data["response"]?.string }
            // Two pauses, as the sender measures them.
            #expect(ContinuousClock.now - begin > .milliseconds(150))
            #expect(
                parts == ["\u{200B}/kick everybody.", "This is a sentence of some words.", "And one more of them."])
        }
    }

    @Test("answers no line that was said long ago, and none of its own that the room has escaped")
    func replayed() async throws {
        try await Stage.with(plugin: Self.settings()) { stage in
            stage.ollama.when("parrot", .answer(#"!chat it's "me" & you"#))
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat old", at: .current() + .seconds(-90))
            try stage.say("!chat parrot &amp; all")
            #expect(try await room.next().data["response"] == .string(#"!chat it's "me" & you"#))
            try stage.say("!chat it&#39;s &quot;me&quot; &amp; you", as: "some_bot")
            try stage.say("!chat end\n\u{1}of it")
            #expect(try await room.next().data["response"] == .string("echo: alice: end | of it"))
            #expect(stage.ollama.calls.map(\.question).first == "alice: parrot & all")
            #expect(stage.ollama.calls.count == 2)
        }
    }

    @Test("drops what it still has to say where that is stopped or forgotten", arguments: ["stop", "reset"])
    func stopped(command: String) async throws {
        let time = ManualTime()
        let bridge = BridgeSettings().with { ($0.length, $0.pause, $0.grace) = (30, .seconds(1_000_000), .zero) }
        try await Stage.with(plugin: Self.settings(bridge), time: time) { stage in
            stage.ollama.when(
                "long", .answer("One two three four. Five six seven eight. Nine ten and eleven. Twelve and more."))
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat long", at: time.timestamp)
            #expect(try await room.next().data["response"] == .string("One two three four."))
            try await eventually { stage.plugin.bridge?.waiting == 3 }
            try stage.say("!chat long", in: "other", at: time.timestamp)
            try await eventually { stage.plugin.bridge?.waiting == 7 }
            try stage.say("!chat \(command)", at: time.timestamp)
            let answer = command == "stop" ? 1 : 2
            try await eventually { stage.plugin.bridge?.waiting == 4 + answer }
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }

    @Test("says an error once in a while, and counts the others")
    func errors() async throws {
        try await Stage.with(plugin: Self.settings()) { stage in
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat persona bogus")
            try stage.say("!chat persona other")
            try stage.say("!chat persona bogus", in: "lobby")
            let channels = try await room.take(2).map { $0.data["channel"] }
            #expect(channels == [.string("main"), .string("lobby")])
            try stage.say("!chat hello")
            #expect(try await room.next().data["response"] == .string("echo: alice: hello"))
            #expect(stage.plugin.metrics.unsent.value == 1)
        }
    }

    @Test("goes on to speak when it is to end, as long as it may")
    func lastWords() async throws {
        let time = ManualTime()
        let bridge = BridgeSettings().with { ($0.length, $0.pause, $0.grace) = (30, .seconds(10), .seconds(1_000_000)) }
        try await Stage.with(plugin: Self.settings(bridge), time: time) { stage in
            stage.ollama.when("long", .answer("One two three four. Five six seven eight. Nine ten and eleven."))
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat long", at: time.timestamp)
            #expect(try await room.next().data["response"] == .string("One two three four."))
            try await eventually { stage.plugin.bridge?.waiting == 2 }
            await stage.plugin.drain()
            let rest = Task { try await room.take(2).compactMap { $0.data["response"]?.string } }
            try await eventually {
                time.advance(by: .seconds(10))
                return stage.plugin.bridge?.waiting == 0
            }
            #expect(try await rest.value == ["Five six seven eight.", "Nine ten and eleven."])
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }

    @Test("counts what it could not say to the end, and tells of it once")
    func unsaid() async throws {
        let time = ManualTime()
        let bridge = BridgeSettings().with { ($0.length, $0.pause, $0.grace) = (30, .seconds(1_000_000), .seconds(10)) }
        try await Stage.with(plugin: Self.settings(bridge), time: time) { stage in
            stage.ollama.when("long", .answer("One two three four. Five six seven eight. Nine ten and eleven."))
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat long", at: time.timestamp)
            #expect(try await room.next().data["response"] == .string("One two three four."))
            try await eventually { stage.plugin.bridge?.waiting == 2 }
            await stage.plugin.drain()
            try await eventually {
                time.advance(by: .seconds(11))
                return stage.plugin.metrics.unsent.value == 2
            }
            try await eventually { stage.log.all.contains("before all waiting lines were sent") }
        }
    }

    @Test("takes a line where it is in charge, and what it has heard before not again")
    func charge() async throws {
        try await withNATSServer { server in
            let client = try await Stage.connect(server)
            let (time, metrics) = (ManualTime(), PluginMetrics(MetricsRegistry()))
            let outbox = Outbox(
                client, PluginSettings(), metrics: metrics, log: Log(level: .debug, write: { _ in }),
                throttle: LogThrottle(time: time), time: time)
            let charge = Mutex((isOurs: false, asked: 0))
            let bridge = try #require(
                try Bridge(
                    BridgeSettings().with { $0.grace = .zero }, on: client, outbox: outbox, patience: .seconds(60),
                    permissions: Permissions(), time: time,
                    isInCharge: {
                        charge.withLock { charge in
                            charge.asked += 1
                            return charge.isOurs
                        }
                    }))
            let asked = Ear(try client.subscribe(Subjects.command))
            try await client.flush(timeout: .seconds(5))
            let subject = "rosey.platform.cytube.chatMsg"
            func say(_ text: String) throws { try client.publish(Stage.line(text, at: time.timestamp), to: subject) }
            let running = Task { await bridge.run() }
            try say("!chat one")
            try await eventually { charge.withLock { $0.asked } == 1 }
            charge.withLock { $0.isOurs = true }
            try say("!chat one")
            try say("!chat two")
            #expect(try await asked.next().fields["args"] == .string("two"))
            await bridge.drain()
            await running.value
            await client.close()
        }
    }

    @Test("listens to nothing where nobody wants it")
    func absent() async throws {
        try await Stage.with { stage in
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat hi")
            _ = try await stage.type("hello")
            try stage.client.publish(Array("{}".utf8), to: "rosey.plugins.llm.message")
            #expect(try await room.next().fields.isEmpty)
            #expect(stage.ollama.calls.map(\.question) == ["alice: hello"])
        }
    }

    @Test("says what is asked of it until it ends, and ends")
    func ending() async throws {
        try await Stage.with(plugin: Self.settings()) { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "slowly"))
            let room = try await stage.listen("rosey.plugins.llm.message")
            try stage.say("!chat slow")
            try await stage.ollama.waitForCalls(with: "slow")
            let drained = Task { await stage.plugin.drain() }
            gate.open()
            #expect(try await room.next().data["response"] == .string("slowly"))
            await drained.value
        }
    }
}

extension Reply {
    /// Of an event, what it is about.
    var data: [String: JSONValue] { fields["data"]?.object ?? [:] }
}

extension Stage {
    /// Publishes a line of a room.
    func say(
        _ text: String, as user: String = "alice", on subject: String = "rosey.platform.cytube.chatMsg",
        in channel: String? = nil, correlation: String? = nil, at time: Timestamp = .current()
    ) throws {
        let line = Self.line(text, as: user, on: subject, in: channel, correlation: correlation, at: time)
        try client.publish(line, to: subject)
    }

    /// The event of a line of a room.
    static func line(
        _ text: String, as user: String = "alice", on subject: String = "rosey.platform.cytube.chatMsg",
        in channel: String? = nil, correlation: String? = nil, at time: Timestamp = .current()
    ) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("subject", subject)
            writer.field("event_type", "message")
            writer.field("source", "cytube-connector")
            writer.field("data") { writer in
                writer.object { writer in
                    writer.field("username", user)
                    writer.field("message", text)
                    writer.field("time", Int(time.milliseconds))
                    if let channel { writer.field("channel", channel) }
                }
            }
            writer.field("correlation_id", orNull: correlation)
        }
    }
}
