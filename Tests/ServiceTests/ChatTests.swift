import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Settings
import TestSupport
import Testing

@Suite("The service on the bus")
struct ChatTests {
    @Test("answers !chat on llm.response, on the reply subject and where it was asked to, with the same bytes")
    func chat() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            let asked = try await stage.listen("my.answers")
            let json =
                #"{"command":"chat","args":["hello"],"channel_id":"lobby","username":"alice","request_id":"r-1","reply_to":"my.answers"}"#
            let reply = try await stage.ask(Array(json.utf8), on: "rosey.command.chat")
            let answer = try await answers.next()
            #expect(answer.bytes == reply.bytes)
            #expect(try await asked.next().bytes == reply.bytes)
            #expect(answer.headers.isEmpty)
            #expect(reply.headers.isEmpty)
            #expect(answer["type"] == "llm_response")
            #expect(answer.channel == "lobby")
            #expect(answer.content == "echo: alice: hello")
            #expect(answer.id == "r-1")
            #expect(answer["action"] == "chat")
            #expect(answer["username"] == "alice")
            #expect(answer["provider"] == "ollama")
            #expect(answer["model"] == "llama3.2")
            #expect(answer["persona"] == "default")
            #expect(answer["finish_reason"] == "stop")
            let usage = answer.fields["usage"]?.object
            #expect(
                usage == [
                    "prompt_tokens": .integer(26), "completion_tokens": .integer(10), "total_tokens": .integer(36),
                ])
            #expect(answer.fields["attempts"] == .integer(1))
            let context = answer.fields["context"]?.object
            #expect(
                context == [
                    "messages": .integer(1), "dropped": .integer(0), "persisted": .bool(false),
                    "truncated": .bool(false),
                ])
            guard case .integer(let latency)? = answer.fields["latency_ms"] else { throw TimedOut() }
            #expect((0..<30_000).contains(latency))
        }
    }

    @Test("does every action of llm.request")
    func actions() async throws {
        try await Stage.with { stage in
            let chat = try await stage.ask(#"{"action":"chat","channel_id":"c","message":"one"}"#)
            #expect(chat.content == "echo: one")
            let complete = try await stage.ask(
                #"{"action":"complete","message":"two","system":"Be brief","temperature":0.1,"max_tokens":5,"model":"tiny","request_id":"r-2"}"#
            )
            #expect(complete.content == "echo: two")
            #expect(complete["action"] == "complete")
            #expect(complete.id == "r-2")
            #expect(complete["model"] == "tiny")
            #expect(complete.fields["context"] == .null)
            let call = try #require(stage.ollama.calls.last)
            #expect(call.system == "Be brief")
            #expect(call.temperature == 0.1)
            #expect(call.maxTokens == 5)
            let personas = try await stage.ask(#"{"action":"persona","channel_id":"c"}"#)
            #expect(
                personas.content
                    == "Available personas: default, concise, technical, creative. Current: default. Use: !chat persona <name>"
            )
            let set = try await stage.ask(#"{"action":"persona","channel_id":"c","persona":"creative"}"#)
            #expect(set.content == "Persona changed to: creative")
            let models = try await stage.ask(#"{"action":"models"}"#)
            #expect(models.content == "ollama/llama3.2:latest\nollama/tiny\nscripted/eliza")
            let reset = try await stage.ask(#"{"action":"reset","channel_id":"c"}"#)
            #expect(reset.content == "Context reset")
            #expect(reset["action"] == "reset")
            let cancel = try await stage.ask(#"{"action":"cancel","request_id":"nobody"}"#)
            #expect(cancel.code == "not_found")
            #expect(cancel.headers["Nats-Service-Error-Code"] == "404")
        }
    }

    @Test("does every word after !chat")
    func words() async throws {
        try await Stage.with { stage in
            for words in ["", "help", "HELP"] {
                #expect(try await stage.type(words).content?.hasPrefix("LLM Chat Commands:\n") == true)
            }
            #expect(try await stage.type("help me with python").content == "echo: alice: help me with python")
            #expect(try await stage.type("Reset").content == "Conversation context reset (2 messages cleared).")
            #expect(try await stage.type("reset my password how?").content == "echo: alice: reset my password how?")
            #expect(try await stage.type("persona technical").content == "Persona changed to: technical")
            #expect(
                try await stage.type("persona").content
                    == "Available personas: default, concise, technical, creative. Current: technical. Use: !chat persona <name>"
            )
            let unknown = try await stage.type("persona bogus")
            #expect(unknown.code == "unknown_persona")
            #expect(
                unknown.error == "Unknown persona 'bogus'. Available: default, concise, technical, creative")
            #expect(try await stage.type("model tiny").content == "Model changed to: tiny")
            #expect(try await stage.type("hi")["model"] == "tiny")
            #expect(try await stage.type("model nonsense").code == "unknown_model")
            #expect(try await stage.type("model default").content == "Model changed to: default")
            #expect(try await stage.type("model").content?.contains("ollama/tiny") == true)
            let last = try #require(stage.ollama.calls.last).messages
            #expect(try await stage.type("retry").content == "echo: alice: hi")
            #expect(stage.ollama.calls.last?.messages == last, "the last answer is not in the prompt")
            #expect(try await stage.type("stop").content == "Stopped (0 cancelled).")
        }
    }

    @Test("gives its errors on llm.error, and with headers on reply subjects")
    func errors() async throws {
        try await Stage.with { stage in
            let errors = try await stage.listen("llm.error")
            let reply = try await stage.ask(#"{"action":"chat","channel_id":"c","message":null,"request_id":"r-9"}"#)
            let error = try await errors.next()
            #expect(error.bytes == reply.bytes)
            #expect(error.headers.isEmpty)
            #expect(error["type"] == "llm_error")
            #expect(error.channel == "c")
            #expect(error.error == "message: expected a non-empty string, got null")
            #expect(error.code == "invalid_request")
            #expect(error.id == "r-9")
            #expect(error.fields["retryable"] == .bool(false))
            #expect(reply.headers["Nats-Service-Error"] == error.error)
            #expect(reply.headers["Nats-Service-Error-Code"] == "400")
        }
    }

    @Test("streams pieces from 0 without gaps, then the answer, then an empty message")
    func stream() async throws {
        try await Stage.with(plugin: PluginSettings(chat: ChatSettings().with { $0.deltaInterval = .zero })) { stage in
            stage.ollama.when("story", .answer("Once upon a time"))
            let deltas = try await stage.listen("llm.delta")
            let replies = try stage.client.requestMany(
                Array(#"{"action":"chat","channel_id":"c","message":"story","stream":true,"request_id":"s"}"#.utf8),
                to: "llm.request", idleTimeout: .seconds(20))
            var all: [Reply] = []
            // Ends with the empty message only, else it throws that nothing more came.
            for try await message in replies { all.append(Reply(message)) }
            let final = try #require(all.last)
            #expect(final["type"] == "llm_response")
            let pieces = all.dropLast()
            #expect(!pieces.isEmpty)
            #expect(pieces.allSatisfy { $0["type"] == "llm_delta" && $0.id == "s" && $0.channel == "c" })
            #expect(pieces.compactMap(\.content).joined() == final.content)
            #expect(pieces.map { $0.fields["seq"] } == pieces.indices.map { .integer($0) })
            #expect(try await deltas.next().bytes == all[0].bytes)
            // In as many pieces as the provider gives.
            let many = try stage.client.requestMany(
                Array(#"{"action":"complete","provider":"scripted","message":"story","stream":true}"#.utf8),
                to: "llm.request", idleTimeout: .seconds(20))
            var story: [Reply] = []
            for try await message in many { story.append(Reply(message)) }
            #expect(story.count == 9)
            #expect(story.dropLast().map { $0.fields["seq"] } == (0..<8).map { .integer($0) })
            #expect(story.dropLast().compactMap(\.content).joined() == "Once upon a time 👩‍👩‍👧‍👦 lived")
            #expect(story.last?.content == "Once upon a time 👩‍👩‍👧‍👦 lived")
            // A break after the first piece is one error, and no other voice.
            let broken = try stage.client.requestMany(
                Array(#"{"action":"complete","provider":"scripted","message":"break","stream":true}"#.utf8),
                to: "llm.request", idleTimeout: .seconds(20))
            var breaks: [Reply] = []
            for try await message in broken { breaks.append(Reply(message)) }
            #expect(breaks.dropLast().compactMap(\.content).joined() == "Once upon")
            #expect(breaks.last?.code == "provider_unavailable")
            // A failure ends the same way.
            let failed = try stage.client.requestMany(
                Array(#"{"action":"chat","channel_id":"c","message":"x","stream":true,"persona":"bogus"}"#.utf8),
                to: "llm.request", idleTimeout: .seconds(20))
            var errors: [Reply] = []
            for try await message in failed { errors.append(Reply(message)) }
            #expect(errors.map(\.code) == ["unknown_persona"])
            #expect(errors.first?.headers["Nats-Service-Error-Code"] == "400")
        }
    }

    @Test("keeps each channel's persona to itself")
    func persona() async throws {
        try await Stage.with { stage in
            #expect(try await stage.type("persona technical", in: "room1").content == "Persona changed to: technical")
            #expect(try await stage.type("persona", in: "room2").content?.contains("Current: default.") == true)
            #expect(try await stage.type("hi", in: "room1")["persona"] == "technical")
            #expect(try await stage.type("hi", in: "room2")["persona"] == "default")
            let systems = stage.ollama.calls.map(\.system)
            #expect(systems[0].contains("engineer"))
            #expect(!systems[1].contains("engineer"))
            let once = try await stage.ask(
                #"{"action":"chat","channel_id":"room2","message":"m","persona":"creative"}"#)
            #expect(once["persona"] == "creative")
            #expect(try await stage.type("hi", in: "room2")["persona"] == "default")
        }
    }

    @Test("shows a model so many messages, who said them, and never an assistant first")
    func context() async throws {
        try await Stage.with { stage in
            for number in 1...7 {
                _ = try await stage.type("m\(number)", as: number.isMultiple(of: 2) ? "bob" : "alice")
            }
            let call = try #require(stage.ollama.calls.last)
            let roles = ["system"] + (0..<9).map { $0.isMultiple(of: 2) ? "user" : "assistant" }
            #expect(call.roles == roles)
            let questions = call.messages.filter { $0[0] == "user" }.map { $0[1] }
            #expect(questions == ["alice: m3", "bob: m4", "alice: m5", "bob: m6", "alice: m7"])
            let answer = try await stage.type("m8", as: "bob")
            let context = answer.fields["context"]?.object
            #expect(context?["messages"] == .integer(9))
            guard case .integer(let dropped)? = context?["dropped"] else { throw TimedOut() }
            #expect(dropped == 6)
            // Another channel sees none of it; a completion neither sees nor changes it.
            _ = try await stage.type("alone", in: "other")
            #expect(stage.ollama.calls.last?.messages.count == 2)
            _ = try await stage.ask(#"{"action":"complete","message":"m","channel_id":"lobby"}"#)
            #expect(stage.ollama.calls.last?.messages.count == 1)
            #expect(try await stage.type("reset").content == "Conversation context reset (16 messages cleared).")
        }
    }

    @Test("leaves no trace of a turn that failed, and shows the room none of what the provider said")
    func failure() async throws {
        var settings = ServiceSettings()
        // So many failures would have the provider left alone.
        settings.resilience.breaker.minimumRequests = 1000
        try await Stage.with(settings) { stage in
            stage.ollama.when("broken", .fail(500, #"{"error":"key sk-SECRET at 10.0.0.7 Traceback"}"#))
            stage.ollama.when("unauthorized", .fail(401, #"{"error":"bad key sk-SECRET"}"#))
            stage.ollama.when("garbage", .fail(200, "SECRET <html>"))
            stage.ollama.when("nothing", .answer(""))
            let errors = try await stage.listen("llm.error")
            _ = try await stage.type("one")
            func fail(_ word: String, _ code: String) async throws {
                let reply = try await stage.type(word)
                #expect(reply.code == code)
                #expect(reply.error?.hasPrefix("Sorry, I encountered an error: ") == true)
                for bytes in [reply.bytes, try await errors.next().bytes] {
                    let text = String(decoding: bytes, as: UTF8.self)
                    #expect(!text.contains("SECRET") && !text.contains("10.0.0.7") && !text.contains("Traceback"))
                }
                #expect(!reply.headers.fields.contains { $0.value.contains("SECRET") })
                let plugin = try await stage.ask(#"{"action":"chat","channel_id":"lobby","message":"\#(word)"}"#)
                #expect(plugin.error?.hasPrefix("Provider error: ") == true)
                #expect(!plugin.description.contains("SECRET"))
                _ = try await errors.next()
            }
            try await fail("broken", "provider_unavailable")
            try await fail("garbage", "provider_error")
            try await fail("nothing", "empty_answer")
            _ = try await stage.type("two")
            #expect(stage.ollama.calls.last?.roles == ["system", "user", "assistant", "user"])
            #expect(stage.ollama.calls.last?.messages[1][1] == "alice: one")
            // The last one: who refuses a key is left alone for a while.
            try await fail("unauthorized", "provider_auth")
            #expect(!stage.log.all.contains("sk-SECRET"))
        }
    }

    @Test("says that an answer is larger than the bus takes, and forgets it")
    func tooLarge() async throws {
        try await Stage.with(configuration: "max_payload: 20000") { stage in
            stage.ollama.when("plain", .answer(String(repeating: "word ", count: 8_000)))
            // It grows beyond the limit only when it is written as JSON.
            stage.ollama.when("quotes", .answer(String(repeating: "\"", count: 15_000)))
            let errors = try await stage.listen("llm.error")
            for word in ["plain", "quotes"] {
                let reply = try await stage.type(word)
                #expect(reply.code == "answer_too_large")
                #expect(reply.headers["Nats-Service-Error-Code"] == "413")
                #expect(try await errors.next().bytes == reply.bytes)
            }
            _ = try await stage.type("next")
            #expect(stage.ollama.calls.last?.roles == ["system", "user"])
        }
    }

    @Test("cuts a long answer for the room, and sends the whole of it too")
    func parts() async throws {
        try await Stage.with(plugin: PluginSettings(chat: ChatSettings().with { $0.maxMessageLength = 20 })) { stage in
            stage.ollama.when("long", .answer("One two three. /clear five six."))
            let reply = try await stage.type("long")
            #expect(reply.content == "One two three. /clear five six.")
            #expect(reply.fields["parts"] == .array([.string("One two three."), .string("\u{200B}/clear five six.")]))
        }
    }
}
