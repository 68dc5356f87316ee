import Concurrency
import JSON
import LLMService
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import TestSupport
import Testing

@Suite("Order, overload and stopping")
struct OrderTests {
    @Test("a slow model holds up neither commands nor other channels, and its own channel in order")
    func slow() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "at last"))
            let answers = try await stage.listen("llm.response")
            for words in ["slow", "second", "third"] {
                try stage.client.publish(Array(Stage.command(words, in: "lobby").utf8), to: "rosey.command.chat")
            }
            try await stage.ollama.waitForCalls(with: "slow")
            #expect(try await stage.type("help").content?.hasPrefix("LLM Chat") == true)
            #expect(try await stage.type("persona concise").content == "Persona changed to: concise")
            #expect(try await stage.type("reset").content == "Conversation context reset (0 messages cleared).")
            #expect(try await stage.type("persona").content?.contains("Current: concise") == true)
            #expect(try await stage.type("hi", in: "elsewhere").content == "echo: alice: hi")
            #expect(try await stage.ask(#"{"action":"complete","message":"m"}"#).content == "echo: m")
            _ = try await answers.take(6)
            #expect(stage.ollama.calls.count { $0.question.contains("second") } == 0)
            gate.open()
            #expect(
                try await answers.take(3).map(\.content) == ["at last", "echo: alice: second", "echo: alice: third"])
            // What was asked before the reset did not come back after it.
            #expect(stage.ollama.calls.last?.messages.contains { $0[1].contains("slow") } == false)
        }
    }

    @Test("a full queue says so at once, and loses nothing")
    func busy() async throws {
        let limits = QueueLimits(running: 4, waiting: 100, waitingPerChannel: 3)
        try await Stage.with(ServiceSettings(queue: limits)) { stage in
            let gate = Gate()
            stage.ollama.when("q", .wait(gate, "done"))
            let answers = try await stage.listen("llm.response")
            let errors = try await stage.listen("llm.error")
            for number in 0..<6 {
                try stage.send(#"{"action":"chat","channel_id":"c","message":"q","request_id":"\#(number)"}"#)
            }
            let refused = try await errors.take(2)
            #expect(refused.map(\.code) == ["busy", "busy"])
            #expect(refused.map(\.id) == ["4", "5"])
            #expect(refused.allSatisfy { $0.fields["retryable"] == .bool(true) })
            #expect(try await stage.type("hi", in: "other").content == "echo: alice: hi")
            _ = try await answers.next()
            gate.open()
            #expect(try await answers.take(4).map(\.id) == ["0", "1", "2", "3"])
            // A request that was refused as busy may come again under its id.
            #expect(
                try await stage.ask(#"{"action":"chat","channel_id":"c","message":"q","request_id":"4"}"#).content
                    == "done")
        }
    }

    @Test("a request is cancelled by its id: one error, and the provider's connection is closed")
    func cancelByID() async throws {
        try await Stage.with { stage in
            stage.ollama.when("hang", .silent)
            let errors = try await stage.listen("llm.error")
            let inbox = try await stage.listen("my.inbox")
            try stage.send(#"{"action":"chat","channel_id":"c","message":"hang","request_id":"h"}"#, reply: "my.inbox")
            try await stage.ollama.waitForCalls(with: "hang")
            let reply = try await stage.ask(#"{"action":"cancel","request_id":"h"}"#)
            #expect(reply.content == "Stopped (1 cancelled).")
            let error = try await errors.next()
            #expect(error.code == "cancelled")
            #expect(error.id == "h")
            #expect(error.channel == "c")
            #expect(try await inbox.next().headers["Nats-Service-Error-Code"] == "499")
            try await stage.ollama.waitForClose(of: "hang")
            // Exactly one: what comes next is the answer to something else.
            #expect(try await stage.ask(#"{"action":"cancel","request_id":"h"}"#).code == "not_found")
            #expect(try await errors.next().code == "not_found")
            _ = try await stage.ask(#"{"action":"chat","channel_id":"c","message":"next"}"#)
            #expect(stage.ollama.calls.last?.messages.count == 2)
        }
    }

    @Test("!chat stop does not end what is asked right after it")
    func stopBefore() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            // In one turn of the loop: all are written at once, and come in one read.
            await EventLoop.shared.run {
                for number in 0..<20 {
                    for words in ["stop", "hi"] {
                        let command = Array(Stage.command(words, in: "c\(number)").utf8)
                        try? stage.client.publish(command, to: "rosey.command.chat")
                    }
                }
            }
            let contents = try await answers.take(40).map(\.content)
            #expect(contents.count { $0 == "Stopped (0 cancelled)." } == 20)
            #expect(contents.count { $0 == "echo: alice: hi" } == 20)
        }
    }

    @Test("!chat stop ends what runs and what waits in its channel, and nothing elsewhere")
    func stop() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("hang", .silent)
            stage.ollama.when("other", .wait(gate, "fine"))
            let answers = try await stage.listen("llm.response")
            try stage.send(#"{"action":"chat","channel_id":"d","message":"other","request_id":"o"}"#)
            for number in 0..<3 {
                try stage.send(
                    #"{"action":"chat","channel_id":"c","message":"hang \#(number)","request_id":"\#(number)"}"#)
            }
            // Requests are taken in the order they came in: all three are in line. A command comes on a subject of its own.
            #expect(try await stage.ask(#"{"action":"cancel","request_id":"nothing"}"#).code == "not_found")
            let errors = try await stage.listen("llm.error")
            try await stage.ollama.waitForCalls(with: "hang 0")
            try await stage.ollama.waitForCalls(with: "other")
            #expect(try await stage.type("stop", in: "c").content == "Stopped (3 cancelled).")
            let stopped = try await errors.take(3)
            #expect(stopped.map(\.code) == ["cancelled", "cancelled", "cancelled"])
            #expect(Set(stopped.map(\.id)) == ["0", "1", "2"])
            try await stage.ollama.waitForClose(of: "hang 0")
            #expect(stage.ollama.calls.count { $0.question.contains("hang") } == 1)
            _ = try await answers.next()
            gate.open()
            #expect(try await answers.next().id == "o")
        }
    }

    @Test("the same id again is answered, and run once")
    func duplicates() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("once", .wait(gate, "done"))
            let answers = try await stage.listen("llm.response")
            let inboxes = try await stage.listen("inbox.*")
            let json = #"{"action":"chat","channel_id":"c","message":"once","request_id":"twin"}"#
            for number in 0..<18 { try stage.send(json, reply: "inbox.\(number)") }
            try await stage.ollama.waitForCalls(with: "once")
            // The first, sixteen that wait, and one too many.
            let refused = try await inboxes.next()
            #expect(refused.subject == "inbox.17")
            #expect(refused.code == "busy")
            gate.open()
            let replies = try await inboxes.take(17)
            #expect(Set(replies.map(\.subject)) == Set((0..<17).map { "inbox.\($0)" }))
            let answer = try await answers.next()
            #expect(replies.allSatisfy { $0.bytes == answer.bytes })
            // Afterwards too.
            #expect(try await stage.ask(json).bytes == answer.bytes)
            // An answer of something else comes next: there was only the one.
            #expect(try await stage.type("help").content?.hasPrefix("LLM") == true)
            #expect(try await answers.next().content?.hasPrefix("LLM") == true)
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("the same id for another channel, or for something else, is another request")
    func idsAreAChannelsOwn() async throws {
        try await Stage.with { stage in
            let first = try await stage.ask(#"{"action":"chat","channel_id":"a","message":"secret","request_id":"1"}"#)
            let second = try await stage.ask(#"{"action":"chat","channel_id":"b","message":"open","request_id":"1"}"#)
            #expect(first.content == "echo: secret")
            #expect(second.content == "echo: open")
            let third = try await stage.ask(#"{"action":"reset","channel_id":"a","request_id":"1"}"#)
            #expect(third.content == "Context reset")
        }
    }

    @Test("a completion that names a channel is stopped with it; a plugin's own subject is good for replies")
    func completionOfAChannel() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("long", .wait(gate, "never"))
            let replies = try await stage.listen("rosey.trivia.inbox")
            try stage.send(
                #"{"action":"complete","channel_id":"c","message":"long","request_id":"r"}"#,
                reply: "rosey.trivia.inbox")
            try await stage.ollama.waitForCalls(with: "long")
            let stopped = try await stage.ask(#"{"action":"cancel","channel_id":"c"}"#)
            #expect(stopped.content == "Stopped (1 cancelled).")
            #expect(stopped.id != "r")
            let reply = try await replies.next()
            #expect(reply.id == "r")
            #expect(reply.code == "cancelled")
            gate.open()
        }
    }

    @Test("two instances share the work: every message is answered once, and each channel in its order")
    func instances() async throws {
        try await Stage.with { stage in
            try await withHTTPServer(handler: stage.ollama.handle) { _, url in
                try await Stage.withInstance(stage.server, url) { _, other, _ in
                    try await eventually { stage.plugin.peerCount == 1 && other.peerCount == 1 }
                    let answers = try await stage.listen("llm.response")
                    for number in 0..<200 {
                        try stage.send(
                            #"{"action":"chat","channel_id":"c\#(number % 50)","message":"m","request_id":"\#(number)"}"#
                        )
                    }
                    let all = try await answers.take(200)
                    let numbers = all.compactMap { $0.id.flatMap(Int.init) }
                    #expect(Set(numbers).count == 200)
                    for channel in 0..<50 {
                        let its = numbers.filter { $0 % 50 == channel }
                        #expect(its == its.sorted(), "channel \(channel)")
                    }
                    try stage.client.publish(
                        Array(Stage.command("help", in: "end", id: "end").utf8), to: "rosey.command.chat")
                    #expect(try await answers.next().id == "end")
                    #expect(stage.ollama.calls.count == 200)
                    // It is counted once it is out.
                    try await eventually {
                        stage.plugin.metrics.answered.value + other.metrics.answered.value == 201
                    }
                    #expect(stage.plugin.metrics.answered.value > 0 && other.metrics.answered.value > 0)
                }
            }
        }
    }

    @Test("status tells of all instances, whichever answers: their partitions, and what was handed over")
    func instancesStatus() async throws {
        try await Stage.with { stage in
            try await withHTTPServer(handler: stage.ollama.handle) { _, url in
                try await Stage.withInstance(stage.server, url) { _, other, _ in
                    // The intake tells of the partitions when it is asked next whether it is there.
                    try await eventually { stage.plugin.peerCount == 1 && other.peerCount == 1 }
                    for number in 0..<20 {
                        _ = try await stage.ask(#"{"action":"chat","channel_id":"c\#(number)","message":"m"}"#)
                    }
                    // Whoever has the least to do answers.
                    for _ in 0..<10 {
                        let status = try await stage.ask(#"{"action":"status"}"#)
                        let name = try #require(status["instance"])
                        guard case .array(let instances)? = status.fields["instances"],
                            case .integer(let handed)? = status.fields["handed_over"]
                        else { throw TimedOut() }
                        #expect(status.content?.hasSuffix("2 instances share the channels") == true)
                        #expect(instances.count == 2)
                        let fields = instances.compactMap(\.object)
                        let intakes = fields.filter { $0["intake"] == .bool(true) }
                        #expect(intakes.count == 1)
                        let partitions = fields.compactMap { $0["partitions"].flatMap(Self.number) }
                        #expect(partitions.reduce(0, +) == 256)
                        #expect(partitions.allSatisfy { $0 > 0 })
                        let isIntake = intakes.first?["instance"] == .string(name)
                        #expect((handed > 0) == isIntake)
                    }
                }
            }
        }
    }

    private static func number(_ value: JSONValue) -> Int? {
        if case .integer(let number) = value { number } else { nil }
    }

    @Test("what another instance runs is stopped too, whichever of them hears the order")
    func stopElsewhere() async throws {
        try await Stage.with { stage in
            stage.ollama.when("hang", .silent)
            try await withHTTPServer(handler: stage.ollama.handle) { _, url in
                try await Stage.withInstance(stage.server, url) { _, other, _ in
                    try await eventually { stage.plugin.peerCount == 1 && other.peerCount == 1 }
                    for round in 0..<10 {
                        for number in 0..<6 {
                            try stage.send(
                                #"{"action":"chat","channel_id":"c\#(number)","message":"hang \#(round).\#(number)","request_id":"\#(round).\#(number)"}"#
                            )
                        }
                        for number in 0..<6 { try await stage.ollama.waitForCalls(with: "hang \(round).\(number)") }
                        for number in 0..<2 {
                            let reply = try await stage.ask(
                                #"{"action":"cancel","request_id":"\#(round).\#(number)"}"#)
                            #expect(reply.content == "Stopped (1 cancelled).")
                        }
                        for number in 2..<4 {
                            let reply = try await stage.ask(#"{"action":"cancel","channel_id":"c\#(number)"}"#)
                            #expect(reply.content == "Stopped (1 cancelled).")
                        }
                        for number in 4..<6 {
                            #expect(try await stage.type("stop", in: "c\(number)").content == "Stopped (1 cancelled).")
                        }
                    }
                    #expect(try await stage.ask(#"{"action":"cancel","request_id":"0.0"}"#).code == "not_found")
                }
                // It said that it goes: nobody is waited for.
                try await eventually { stage.plugin.peerCount == 0 }
            }
        }
    }

    @Test("who only says that it is an instance holds up nobody for long, and counts once")
    func strangePeers() async throws {
        try await Stage.with { stage in
            let ear = try stage.client.subscribe("rosey-llm.peers")
            let pinging = Task {
                let ping = #"{"type":"ping","id":"fake","since":1,"session":1,"term":0,"load":1000000,"leaving":true}"#
                while !Task.isCancelled {
                    try stage.client.publish(Array(ping.utf8), to: "rosey-llm.intake")
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            defer { pinging.cancel() }
            try await eventually { stage.plugin.peerCount == 1 }
            let answering = Task {
                for await message in ear {
                    guard let reply = message.reply else { continue }
                    for answer in [
                        #"{"instance":"other","stopped":7}"#, #"{"instance":"fake","stopped":9223372036854775807}"#,
                        #"{"instance":"fake","stopped":-5}"#, #"{"stopped":5}"#, "x",
                        #"{"instance":"fake","stopped":3}"#,
                        #"{"instance":"fake","stopped":9223372036854775807}"#,
                    ] { try stage.client.publish(Array(answer.utf8), to: reply) }
                }
            }
            let cancel = #"{"action":"cancel","request_id":"elsewhere"}"#
            for _ in 0..<3 { #expect(try await stage.ask(cancel).content == "Stopped (3 cancelled).") }
            answering.cancel()
            // Nobody answers now: it is waited for, and given up.
            #expect(try await stage.ask(cancel).code == "not_found")
            pinging.cancel()
            try stage.client.publish(Array(#"{"type":"gone","member":"fake"}"#.utf8), to: "rosey-llm.peers")
            try await eventually { stage.plugin.peerCount == 0 }
        }
    }

    @Test("a provider that says nothing is a timeout, in the queue too, and the text says which")
    func timeouts() async throws {
        try await Stage.with { stage in
            stage.ollama.when("hang", .silent)
            let errors = try await stage.listen("llm.error")
            try stage.send(
                #"{"action":"chat","channel_id":"c","message":"hang","request_id":"long","timeout_s":20}"#)
            try await stage.ollama.waitForCalls(with: "hang")
            let waiting = try await stage.ask(
                #"{"action":"chat","channel_id":"c","message":"waits","timeout_s":0.1}"#)
            #expect(waiting.code == "timeout")
            #expect(waiting.error?.contains("waited for its turn") == true)
            #expect(waiting.headers["Nats-Service-Error-Code"] == "504")
            let running = try await stage.ask(
                #"{"action":"chat","channel_id":"d","message":"hang now","timeout_s":1}"#)
            #expect(running.code == "timeout")
            #expect(running.error?.contains("did not finish within 1 s in all") == true)
            #expect(running.fields["retryable"] == .bool(true))
            try await stage.ollama.waitForClose(of: "hang now")
            #expect(try await errors.take(2).map(\.code) == ["timeout", "timeout"])
            #expect(stage.ollama.calls.count { $0.question.contains("waits") } == 0)
        }
    }
}
