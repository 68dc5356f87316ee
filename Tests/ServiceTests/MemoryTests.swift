import Conversations
import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Settings
import TestSupport
import Testing

/// Memories of which those that are slow are kept when a gate is opened.
private final class SlowMemories: DocumentStore {
    private let store = MemoryDocuments<MemoryBook>()
    private let gate: Gate

    init(_ gate: Gate) { self.gate = gate }

    func value(_ key: String) async -> MemoryBook { await store.value(key) }

    func begin(_ key: String, _ change: MemoryChange) -> @Sendable () async -> Changed<MemoryOutcome> {
        let wait = store.begin(key, change)
        guard case .add(let memory, _) = change, memory.text.hasPrefix("slow") else { return wait }
        return { [gate] in
            await gate.passed()
            return await wait()
        }
    }

    func note(_ key: String, _ change: MemoryChange) { store.note(key, change) }
}

@Suite("Memories on the bus")
struct MemoryTests {
    /// The id in `Remembered: … (ID: abcd1234)`.
    private func id(_ reply: Reply) throws -> String {
        let match = try #require(reply.content?.firstMatch(of: /\(ID: ([0-9a-f]{8})\)$/))
        return String(match.1)
    }

    @Test("are kept, found and forgotten by !chat, in the old plugin's words")
    func commands() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            let errors = try await stage.listen("llm.error")
            let tea = try await stage.type("remember Alice likes tea")
            let id = try id(tea)
            #expect(tea.content == "Remembered: Alice likes tea (ID: \(id))")
            #expect(try await answers.next().bytes == tea.bytes)
            let milk = try await self.id(stage.type("REMEMBER tea goes with milk", as: "bob"))
            #expect(
                try await stage.type("recall green teas").content
                    == "Memories matching 'green teas':\n• tea goes with milk (ID: \(milk))\n• Alice likes tea (ID: \(id))"
            )
            #expect(try await stage.type("recall coffee").content == "No memories found for: coffee")
            #expect(try await stage.type("recall tea", in: "other").content == "No memories found for: tea")
            let missing = try await stage.type("forget 00000000")
            #expect(missing.error == "Memory not found: 00000000")
            #expect(missing.code == "not_found")
            #expect(missing.headers["Nats-Service-Error-Code"] == "404")
            #expect(try await errors.next().bytes == missing.bytes)
            #expect(try await stage.type("reset").content == "Conversation context reset (0 messages cleared).")
            #expect(try await stage.type("forget \(id)").content == "Forgot memory: \(id)")
            #expect(try await stage.type("forget \(id)").error == "Memory not found: \(id)")
            #expect(try await stage.type("recall likes").content == "No memories found for: likes")
            #expect(stage.ollama.calls.isEmpty)
            #expect(!stage.log.all.contains("tea"))
        }
    }

    @Test(
        "are nothing without a word of what is meant",
        arguments: [
            ("remember", "Usage: !chat remember <fact>"), ("recall", "Usage: !chat recall <query>"),
            ("forget", "Usage: !chat forget <memory_id>"),
        ])
    func usage(verb: String, usage: String) async throws {
        try await Stage.with { stage in
            #expect(try await stage.type(verb).error == usage)
            for args in ["", verb, "  "] {
                let reply = try await stage.ask(
                    Array(Stage.command(args, in: "lobby").utf8), on: "rosey.command.chat.\(verb)")
                #expect(reply.error == usage)
                #expect(reply.code == "invalid_request")
            }
        }
    }

    @Test("have subjects of their own, where the word may be said again", arguments: [true, false])
    func subjects(again: Bool) async throws {
        try await Stage.with { stage in
            func ask(_ verb: String, _ rest: String) async throws -> Reply {
                let json = Stage.command(again ? "\(verb) \(rest)" : rest, in: "lobby")
                return try await stage.ask(Array(json.utf8), on: "rosey.command.chat.\(verb)")
            }
            let id = try await self.id(ask("remember", "Alice likes tea"))
            #expect(
                try await ask("recall", "who likes tea").content
                    == "Memories matching 'who likes tea':\n• Alice likes tea (ID: \(id))")
            // As the other plugins' commands are spelled.
            let other = try await stage.ask(
                Array(#"{"channel":"lobby","user":"alice","args":"tea"}"#.utf8), on: "rosey.command.chat.recall")
            #expect(other.content == "Memories matching 'tea':\n• Alice likes tea (ID: \(id))")
            #expect(try await ask("forget", id).content == "Forgot memory: \(id)")
            #expect(try await ask("forget", "this and that").error == "Memory not found: this and that")
            for verb in ["remember", "recall", "forget"] {
                let reply = try await stage.ask(Array("[]".utf8), on: "rosey.command.chat.\(verb)")
                #expect(reply.code == "invalid_json")
                let nowhere = try await stage.ask(Array(#"{"args":"x"}"#.utf8), on: "rosey.command.chat.\(verb)")
                #expect(nowhere.error == "channel_id: expected a non-empty string, got nothing")
            }
            #expect(stage.ollama.calls.isEmpty)
        }
    }

    @Test("are their author's and the admins' to forget")
    func permission() async throws {
        try await Stage.with(plugin: PluginSettings(chat: ChatSettings().with { $0.permissions.admins = ["root"] })) {
            stage in
            func remember(_ fact: String) async throws -> String { try await self.id(stage.type("remember \(fact)")) }
            let refusal = "Only alice or an admin may forget this memory"
            for (user, isAllowed) in [("bob", false), ("Root", false), ("alice", true), ("root", true)] {
                let id = try await remember("for \(user)")
                let reply = try await stage.type("forget \(id)", as: user)
                #expect(reply.content == (isAllowed ? "Forgot memory: \(id)" : nil))
                #expect(reply.error == (isAllowed ? nil : refusal))
            }
            // A plugin speaks for a user, or for the operator.
            for (who, isAllowed) in [
                (#","username":"bob""#, false), (#","user_id":"bob""#, false), (#","username":"""#, false),
                (#","username":" ""#, false), (#","username":"root","user_id":"bob""#, false),
                (#","username":"alice""#, true), (#","user_id":"alice""#, true), (#","username":"root""#, true),
                ("", true), (#","username":null"#, true),
            ] {
                let id = try await remember("once more \(who.count)")
                let reply = try await stage.ask(
                    #"{"action":"forget","channel_id":"lobby","memory_id":"\#(id)"\#(who)}"#)
                #expect(reply.content == (isAllowed ? "Forgot memory: \(id)" : nil), "\(who)")
                #expect(reply.error == (isAllowed ? nil : refusal), "\(who)")
            }
        }
    }

    @Test("are kept, found and forgotten by llm.request, with all there is of them")
    func requests() async throws {
        try await Stage.with { stage in
            let kept = try await stage.ask(
                #"{"action":"remember","channel_id":"c","content":"Alice likes tea","category":"preference","importance":5,"user_id":"alice","username":"quiz","request_id":"r"}"#
            )
            let id = try id(kept)
            #expect(kept["type"] == "llm_response" && kept["action"] == "remember" && kept.id == "r")
            #expect(kept["memory_id"] == id)
            #expect(kept.fields["count"] == .integer(1))
            guard case .array(let list)? = kept.fields["memories"], let memory = list.first?.object else {
                throw TimedOut()
            }
            #expect(list.count == 1)
            #expect(memory["created"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
            #expect(
                memory.filter { $0.key != "created" } == [
                    "id": .string(id), "content": .string("Alice likes tea"), "category": .string("preference"),
                    "importance": .integer(5), "author": .string("alice"),
                ])
            let plain = try await stage.ask(#"{"action":"remember","channel_id":"c","message":"tea is hot"}"#)
            #expect(plain.content?.hasPrefix("Remembered: tea is hot (ID: ") == true)

            let found = try await stage.ask(#"{"action":"recall","channel_id":"c","query":"tea"}"#)
            #expect(found.fields["memory_id"] == .null)
            #expect(found.fields["count"] == .integer(2))
            #expect(
                found.content?.hasPrefix("Memories matching 'tea':\n• Alice likes tea (ID: \(id))\n• tea is hot")
                    == true)
            let one = try await stage.ask(#"{"action":"recall","channel_id":"c","query":"tea","limit":1}"#)
            #expect(one.fields["memories"] == .array([.object(memory)]))
            let hers = try await stage.ask(#"{"action":"recall","channel_id":"c","query":"tea","user_id":"alice"}"#)
            #expect(hers.fields["memories"] == .array([.object(memory)]))
            let none = try await stage.ask(#"{"action":"recall","channel_id":"d","query":"tea"}"#)
            #expect(none.content == "No memories found for: tea")
            #expect(none.fields["memories"] == .array([]))

            let gone = try await stage.ask(#"{"action":"forget","channel_id":"c","memory_id":"\#(id)"}"#)
            #expect(gone.content == "Forgot memory: \(id)" && gone["memory_id"] == id)
            let again = try await stage.ask(#"{"action":"forget","channel_id":"c","memory_id":"\#(id)"}"#)
            #expect(again.code == "not_found" && again.error == "Memory not found: \(id)")
        }
    }

    @Test("are kept and found by calls, as the old plugin's texts")
    func calls() async throws {
        try await Stage.with { stage in
            let events = try await stage.listen("rosey.event.llm.memory")
            let fields: Set = ["success", "memories", "count", "memory_id", "error"]
            let kept = try await stage.call(
                "memory.add",
                #"{"channel":"c","content":"Alice likes tea","category":"preference","user_id":"alice","importance":5}"#
            )
            let id = try #require(kept["memory_id"])
            #expect(Set(kept.fields.keys) == fields)
            #expect(kept.fields["success"] == .bool(true) && kept.fields["count"] == .integer(1))
            #expect(kept.fields["memories"] == .array([.string("Alice likes tea")]))
            _ = try await stage.call("memory.add", #"{"channel":"c","content":"tea is hot"}"#)
            let found = try await stage.call("memory.recall", #"{"channel":"c","query":"tea","user":"bob"}"#)
            #expect(Set(found.fields.keys) == fields)
            #expect(found.fields["memories"] == .array([.string("Alice likes tea"), .string("tea is hot")]))
            #expect(found.fields["count"] == .integer(2) && found.fields["memory_id"] == .null)
            let hers = try await stage.call(
                "memory.recall", #"{"channel":"c","query":"tea","user_id":"alice","limit":9}"#)
            #expect(hers.fields["memories"] == .array([.string("Alice likes tea")]))
            let none = try await stage.call("memory.recall", #"{"channel":"c","query":"coffee"}"#)
            #expect(none.fields["memories"] == .array([]) && none.fields["success"] == .bool(true))
            let wrong = try await stage.call("memory.add", #"{"channel":"c","content":"x","importance":9}"#)
            #expect(wrong.error == "importance: expected a whole number from 1 to 5, got 9")
            #expect(wrong.fields["memories"] == .null && wrong.fields["count"] == .integer(0))
            // The room knows them too; and whoever watches has heard of all of it.
            #expect(try await stage.type("forget \(id)", in: "c").content == "Forgot memory: \(id)")
            #expect(
                try await events.take(6).map { event in
                    [event["action"] ?? "", event["user_id"] ?? "-", event["channel"] ?? ""]
                } == [
                    ["add", "alice", "c"], ["add", "-", "c"], ["recall", "bob", "c"], ["recall", "-", "c"],
                    ["recall", "-", "c"], ["forget", "alice", "c"],
                ])
        }
    }

    @Test("with something wrong are refused by the field")
    func faults() async throws {
        let long = String(repeating: "x", count: 1001)
        let cases = [
            (#""action":"remember","content":"x""#, "channel_id: expected a non-empty string, got nothing"),
            (#""action":"remember","channel_id":"c""#, "message: expected a non-empty string, got nothing"),
            (
                #""action":"remember","channel_id":"c","content":" ""#,
                "content: expected a non-empty string, got a blank string"
            ),
            (
                #""action":"remember","channel_id":"c","content":"x","category":"gossip""#,
                #"category: expected fact, preference or topic, got "gossip""#
            ),
            (
                #""action":"remember","channel_id":"c","content":"x","importance":6"#,
                "importance: expected a whole number from 1 to 5, got 6"
            ),
            (
                #""action":"remember","channel_id":"c","content":"\#(long)""#,
                "A memory may have 1000 bytes at most, this one has 1001"
            ),
            (#""action":"recall","channel_id":"c""#, "query: expected a non-empty string, got nothing"),
            (#""action":"recall","channel_id":"c","query":"\#(long)""#, "query: expected at most 1000 bytes, got 1001"),
            (
                #""action":"recall","channel_id":"c","query":"x","limit":101"#,
                "limit: expected a whole number from 1 to 100, got 101"
            ),
            (#""action":"recall","channel_id":"c","query":"x","user_id":7"#, "user_id: expected a string, got 7"),
            (#""action":"forget","channel_id":"c""#, "memory_id: expected a non-empty string, got nothing"),
        ]
        try await Stage.with { stage in
            for (fields, fault) in cases {
                let reply = try await stage.ask("{\(fields)}")
                #expect(reply.error == fault, "\(fields.prefix(80))")
            }
            #expect(try await stage.type("remember \(long)").code == "too_large")
            #expect(try await stage.type("recall \(long)").code == "too_large")
        }
    }

    @Test("come in the order in which they were sent, whatever else goes on in the channel")
    func order() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "done"))
            try stage.send(#"{"action":"chat","channel_id":"c","message":"slow"}"#)
            try await stage.ollama.waitForCalls(with: "slow")
            let answers = try await stage.listen("llm.response")
            for number in 0..<15 {
                try stage.send(#"{"action":"remember","channel_id":"c","content":"fact number \#(number)"}"#)
            }
            try stage.send(#"{"action":"recall","channel_id":"c","query":"fact","limit":100}"#)
            let replies = try await answers.take(16)
            #expect(
                replies.prefix(15).map { $0.content?.split(separator: " (").first.map(String.init) }
                    == (0..<15).map { "Remembered: fact number \($0)" })
            #expect(replies.last?.fields["count"] == .integer(15))
            gate.open()
            #expect(try await answers.next().content == "done")
        }
    }

    @Test("that take a while to be kept hold up their channel's, and nobody else's")
    func slowStore() async throws {
        let gate = Gate()
        try await Stage.with(stores: ServiceStores(memories: SlowMemories(gate))) { stage in
            let answers = try await stage.listen("llm.response")
            try stage.send(#"{"action":"remember","channel_id":"c","content":"slow fact"}"#)
            try stage.send(#"{"action":"recall","channel_id":"c","query":"fact"}"#)
            #expect(try await stage.type("remember fact", in: "other").content?.hasPrefix("Remembered: fact") == true)
            #expect(try await stage.type("recall fact", in: "other").fields["count"] == .integer(1))
            #expect(try await stage.type("hi", in: "c").content == "echo: alice: hi")
            gate.open()
            let contents = try await answers.take(5).map(\.content)
            #expect(contents[3]?.hasPrefix("Remembered: slow fact") == true)
            #expect(contents[4]?.contains("• slow fact") == true)
        }
    }

    @Test("that have to do with a question are told to the model")
    func prompt() async throws {
        try await Stage.with { stage in
            _ = try await stage.type("remember Alice likes green tea")
            _ = try await stage.type("remember Bob has a cat", as: "bob")
            _ = try await stage.type("Which tea should I buy?")
            let system = try #require(stage.ollama.calls.last?.system)
            #expect(system.contains("\n\nRemembered facts."))
            #expect(system.hasSuffix("\n- Alice likes green tea (noted by alice)"))
            _ = try await stage.type("What is the time?")
            #expect(stage.ollama.calls.last?.system.contains("Remembered facts") == false)
            _ = try await stage.type("Which tea should I buy?", in: "other")
            #expect(stage.ollama.calls.last?.system.contains("Remembered facts") == false)
        }
    }

    @Test("that a model proposes are told to the room")
    func extraction() async throws {
        var settings = ServiceSettings()
        settings.memory.extracts = true
        try await Stage.with(settings) { stage in
            stage.ollama.when(
                #""said":"I got a dog""#, .answer(#"{"facts":[{"text":"Alice got a\ndog","category":"fact"}]}"#))
            stage.ollama.when(#""said":"boo""#, .fail(400, "{}"))
            let answers = try await stage.listen("llm.response")
            #expect(try await stage.type("I got a dog", in: "#room").content == "echo: alice: I got a dog")
            let told = try await answers.take(2)[1]
            let id = try id(told)
            #expect(told.content == "Remembered: Alice got a dog (ID: \(id))")
            #expect(told.channel == "#room" && told["username"] == "alice" && told["action"] == "remember")
            #expect(told["memory_id"] == id && told["type"] == "llm_response")
            #expect(stage.ollama.calls.last?.format != nil)
            #expect(
                try await stage.type("recall dog", in: "#room").content
                    == "Memories matching 'dog':\n• Alice got a dog (ID: \(id))")
            // One that fails costs nothing.
            #expect(try await stage.type("boo").content == "echo: alice: boo")
            try await stage.ollama.waitForCalls(with: #""said":"boo""#)
            #expect(try await stage.type("forget \(id)", in: "#room").content == "Forgot memory: \(id)")
        }
    }

    @Test("are not in the help where they are turned off")
    func off() async throws {
        var settings = ServiceSettings()
        settings.memory.isEnabled = false
        try await Stage.with(settings) { stage in
            let help = try await stage.type("help")
            #expect(help.content?.contains("remember") == false)
            #expect(try await stage.type("remember x").error == "Remembering is turned off here")
        }
    }
}
