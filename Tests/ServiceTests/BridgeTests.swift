import FoundationEssentials
import JSON
import LLMService
import NATSClient
import NATSPlugin
import TestSupport
import Testing

@Suite("The bridge to the bot's own bus")
struct BridgeTests {
    private static func settings(_ bridge: BridgeSettings = BridgeSettings(pause: .zero)) -> PluginSettings {
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
        try await Stage.with(plugin: Self.settings(BridgeSettings(mentions: true, pause: .zero))) { stage in
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

    @Test("understands what is a command, and takes a mention for a question")
    func commands() async throws {
        try await Stage.with(plugin: Self.settings(BridgeSettings(mentions: true, pause: .zero))) { stage in
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
        let bridge = BridgeSettings(length: 40, pause: .milliseconds(100))
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
        correlation: String? = nil
    ) throws {
        try client.publish(Self.line(text, as: user, on: subject, correlation: correlation), to: subject)
    }

    /// The event of a line of a room.
    static func line(
        _ text: String, as user: String = "alice", on subject: String = "rosey.platform.cytube.chatMsg",
        correlation: String? = nil
    ) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("subject", subject)
            writer.field("event_type", "message")
            writer.field("source", "cytube-connector")
            writer.field("data") { writer in
                writer.object { writer in
                    writer.field("username", user)
                    writer.field("message", text)
                    writer.field("time", 1_700_000_000_000)
                }
            }
            writer.field("correlation_id", orNull: correlation)
        }
    }
}
