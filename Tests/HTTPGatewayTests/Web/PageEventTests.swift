import FoundationEssentials
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import NATSClient
import NATSPlugin
import TestSupport
import Testing

@Suite("Gateway: what a page hears", .timeLimit(.minutes(2)))
struct PageEventTests {
    @Test("The words of an answer come one by one, and to every page of the channel")
    func stream() async throws {
        try await Stage.with { stage in
            let next = RawServerSignal()
            stage.models.when("story", .say(["Once ", "upon"], next))
            let (one, _) = try await stage.page("lobby")
            let (two, _) = try await stage.page("lobby")
            let (other, _) = try await stage.page("elsewhere")
            #expect(try await stage.type("a story", id: "s1").status == 202)
            for page in [one, two] {
                let events = try await page.until("piece")
                let said = try #require(events.first { $0.kind == "said" })
                #expect(said["id"] == .string("s1"))
                #expect(said["name"] == .string("alice"))
                #expect(said["text"] == .string("a story"))
                #expect(events.last?["text"] == .string("Once "))
            }
            next.fire()
            for page in [one, two] {
                let events = try await page.until("answer")
                // The whole answer, on a subject of its own, may overtake the last piece, which is then of no use.
                #expect(["", "upon"].contains(events.dropLast().compactMap { $0["text"]?.string }.joined()))
                let answer = try #require(events.last)
                #expect(answer["text"] == .string("Once upon"))
                #expect(answer["provider"] == .string("fake"))
                #expect(answer["model"] == .string("tiny"))
                #expect(answer["persona"] == .string("default"))
                #expect(answer["usage", "total_tokens"] == .integer(10))
                #expect(answer["name"] == .string("alice"))
            }
            // The other channel has heard nothing of it.
            try await stage.type("mine", "elsewhere")
            #expect(try await other.until("said").map(\.kind) == ["said"])
        }
    }

    @Test("What was said while it was away, a page hears when it comes back; and how far the rest is")
    func backlog() async throws {
        try await Stage.with { stage in
            let next = RawServerSignal()
            stage.models.when("story", .say(["Once ", "upon"], next))
            let (page, _) = try await stage.page("lobby")
            try await stage.type("first", id: "f")
            let seen = try #require(try await page.next("answer").id)
            try await stage.type("second", id: "g")
            try await page.until("answer")
            await page.close()
            try await stage.type("a story", id: "s")
            let (back, told) = try await stage.page("lobby", since: seen)
            #expect(told.filter { $0.kind == "said" }.map { $0["text"] } == [.string("second"), .string("a story")])
            #expect(told.filter { $0.kind == "answer" }.map { $0["text"] } == [.string("echo: alice: second")])
            #expect(told.last?["open"] == .array([.string("s")]))
            // Of what it has not seen at all, everything.
            let stranger = try await stage.page("lobby", since: "nobody.3").told
            #expect(stranger.filter { $0.kind == "said" }.count == 3)
            // What is being said is told so far, sooner or later than it was opened.
            if !told.contains(where: { $0.kind == "partial" }) { try await back.until("piece") }
            let late = try await stage.page("lobby").told
            #expect(late.first { $0.kind == "partial" }?["text"] == .string("Once "))
            next.fire()
            try await back.until("answer", "Once upon")
        }
    }

    @Test("The room and plugins are heard too, with and without ids; what is nobody's business is not")
    func others() async throws {
        try await Stage.with { stage in
            let next = RawServerSignal()
            stage.models.when("from a plugin", .say(["One ", "two"], next))
            try await stage.withBus { bus in
                let (page, _) = try await stage.page("lobby")
                // Questions are listened to once the service was found.
                try await eventually {
                    try bus.publish(
                        Array(#"{"command":"chat","args":["help"],"channel_id":"probe","username":"p"}"#.utf8),
                        to: "rosey.command.chat")
                    return try await !stage.page("probe").told.filter { $0.kind == "said" }.isEmpty
                }
                func say(_ subject: String, _ json: String) throws { try bus.publish(Array(json.utf8), to: subject) }
                try say(
                    "rosey.command.chat",
                    #"{"command":"chat","args":["Hello,","you"],"channel_id":"lobby","username":"bob"}"#)
                let room = try await page.until("answer")
                let question = try #require(room.first { $0.kind == "said" })
                #expect(question["text"] == .string("!chat Hello, you"))
                #expect(question["name"] == .string("bob"))
                #expect(room.last?["id"] == question["id"])
                try say(
                    "llm.request",
                    #"{"action":"chat","channel_id":"lobby","message":"from a plugin","username":"carol","stream":true}"#
                )
                var plugin = try await page.until("piece")
                next.fire()
                plugin += try await page.until("answer")
                #expect(plugin.contains { $0.kind == "said" && $0["name"] == .string("carol") })
                #expect(Set(plugin.compactMap { $0["id"] }).count == 1)
                // The bot's envelope.
                try say(
                    "rosey.command.chat",
                    #"{"event_type":"command","source":"bot","subject":"x","correlation_id":"c-1","data":"#
                        + #"{"channel":"lobby","user":"dave","args":"again"}}"#)
                #expect(try await page.next("answer")["id"] == .string("c-1"))
                // Looked up, made without the channel, or failed in somebody else's hands.
                try say("llm.request", #"{"action":"persona","channel_id":"lobby"}"#)
                try say("llm.request", #"{"action":"complete","channel_id":"lobby","message":"x","stream":true}"#)
                try say("llm.request", #"{"action":"nonsense","channel_id":"lobby"}"#)
                try say("llm.response", "no JSON")
                try say("llm.delta", #"{"type":"llm_delta","channel_id":["lobby"],"request_id":"r","content":"x"}"#)
                try say(
                    "llm.request",
                    #"{"action":"chat","channel_id":"lobby","message":"the last","username":"eve","#
                        + #""request_id":"last"}"#)
                let rest = try await page.until("answer", "the last")
                #expect(rest.filter { $0.kind != "status" }.map(\.kind) == ["said", "answer"])
            }
        }
    }

    @Test("Commands are the room's; what only looks like one is said to the model")
    func commands() async throws {
        try await Stage.with { stage in
            let (page, _) = try await stage.page("lobby")
            for (typed, answer) in [
                ("!chat persona concise", "Persona changed to: concise"),
                ("/persona", "Available personas: default, concise, technical, creative. Current: concise."),
                ("/PERSONA nobody", "Unknown persona 'nobody'"), ("/model fake/tiny", "Model changed to: fake/tiny"),
                ("reset", "echo: alice: reset"), ("stop", "echo: alice: stop"),
                ("/etc/passwd", "echo: alice: /etc/passwd"),
                ("remember the milk", "echo: alice: remember the milk"), ("/retry", "echo: alice: remember the milk"),
                ("!chat hello", "echo: alice: hello"), ("/reset", "Conversation context reset (10 messages cleared)."),
                ("!chat", "LLM Chat Commands:"),
            ] {
                try await stage.type(typed)
                let events = try await page.until(typed.contains("nobody") ? "failed" : "answer")
                #expect(events.last?["text"]?.string?.contains(answer) == true, "\(typed): \(events.last?.data as Any)")
                #expect(events.first { $0.kind == "said" }?["text"] == .string(typed))
            }
            let channel = try await stage.get("/web/channel?channel=lobby")
            #expect(channel["persona"] == .string("concise"))
            #expect(channel["model"] == .string("fake/tiny"))
            #expect(channel["personas", "3"] == .string("creative"))
            #expect(try await stage.get("/web/models")["models", "0"] == .string("fake/tiny"))
        }
    }

    @Test("Stopping, and what fails, are told with their codes; then all goes on")
    func failures() async throws {
        try await Stage.with { stage in
            let never = stage.models.when("never", .begin("One"))
            stage.models.when("fail", .fail(400, "{}"))
            let (page, _) = try await stage.page("lobby")
            try await stage.type("never", id: "n")
            await never.asked.wait()
            try await page.until("piece")
            try await stage.type("/stop", id: "st")
            var ended: [String: PageEvent] = [:]
            while ended.count < 2 {
                for event in try await page.until(ended["n"] == nil ? "failed" : "answer") {
                    if ["failed", "answer"].contains(event.kind) { ended[event["id"]?.string ?? ""] = event }
                }
            }
            #expect(ended["n"]?["code"] == .string("cancelled"))
            #expect(ended["st"]?["text"] == .string("Stopped (1 cancelled)."))
            await never.gone.wait()
            try await stage.type("fail", id: "f")
            let failed = try await page.next("failed")
            #expect(failed["code"] == .string("provider_error"))
            #expect(failed["id"] == .string("f"))
            try await stage.type("well")
            #expect(try await page.next("answer")["text"] == .string("echo: alice: well"))
        }
    }

    @Test("The same message sent again is said once")
    func again() async throws {
        try await Stage.with { stage in
            let (page, _) = try await stage.page("lobby")
            for _ in 0..<3 { #expect(try await stage.type("once", id: "same").status == 202) }
            try await page.until("answer")
            try await stage.type("last")
            let events = try await page.until("answer", "last")
            #expect(events.filter { $0.kind == "said" }.count == 1)
            #expect(stage.models.questions.count == 2)
        }
    }

    @Test("Pages are told when the service or the bus goes, and when it is back; who asks meanwhile is told at once")
    func presence() async throws {
        try await Stage.with { stage in
            let (page, told) = try await stage.page("lobby")
            #expect(told.first?["service"] == .bool(true))
            await stage.plugin.drain()
            #expect(try await page.next("status").data.at(["service"]) == .bool(false))
            // Nobody listens any more, and the NATS server says so.
            try await eventually {
                try await stage.chat("x")["error", "message"] == .string("No rosey-llm service is running.")
            }
            await stage.nats.kill()
            #expect(try await page.next("status").data.at(["bus"]) == .bool(false))
            let refused = try await stage.type("nobody hears this")
            #expect(refused.status == 503)
            #expect(refused["error", "message"] == .string("The message bus is not connected."))
            try await stage.nats.restart()
            #expect(try await page.next("status").data.at(["bus"]) == .bool(true))
        }
    }
}
