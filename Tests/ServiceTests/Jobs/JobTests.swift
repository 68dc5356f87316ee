import Conversations
import JSON
import LLMService
import NATSClient
import Observability
import TestSupport
import Testing

@testable import NATSPlugin

@Suite("Jobs", .timeLimit(.minutes(3)))
struct JobTests {
    @Test("are answered on the bus and where the sender asks, once, and then gone")
    func answered() async throws {
        try await JobStage.with { stage in
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            let mine = try await stage.listen("my.answers")
            let number = try await stage.put(JobStage.chat("hi", #","reply_to":"my.answers","stream":true"#))
            let answer = try await answers.next()
            #expect(answer.content == "echo: hi")
            // The sender knows the number: it is in JetStream's acknowledgement.
            #expect(answer.id == "job-\(number)")
            let (first, last) = (try await mine.next(), try await mine.next())
            #expect(first.bytes == answer.bytes)
            // Who asks for pieces is told the end; pieces there are none.
            #expect(last.bytes.isEmpty)
            try await stage.put(JobStage.chat("more", id: "own", #","username":"al""#))
            #expect(try await answers.next().id == "own")
            try await stage.put(#"{"action":"complete","message":"m"}"#)
            #expect(try await answers.next().content == "echo: m")
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 3)
        }
    }

    @Test(
        "may be any request",
        arguments: [
            (#"{"action":"reset","channel_id":"c"}"#, "Context reset"),
            (#"{"action":"persona","channel_id":"c","persona":"concise"}"#, "Persona changed to: concise"),
            (#"{"action":"embed","input":["a"]}"#, ""),
            (#"{"action":"status"}"#, "ollama: available, breaker closed, no answer yet"),
        ])
    func actions(job: String, content: String) async throws {
        try await JobStage.with { stage in
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            try await stage.put(job)
            #expect(try await answers.next().content == content)
            try await stage.emptied()
        }
    }

    @Test("of one channel are answered in their order")
    func order() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let instance = try await stage.start()
            for number in 0..<15 { try await stage.put(JobStage.chat("\(number)")) }
            let contents = try await answers.take(15).map(\.content)
            #expect(contents == (0..<15).map { "echo: \($0)" }, "\(instance.log.all)")
        }
    }

    @Test("that were sent before anybody was there are answered")
    func early() async throws {
        try await JobStage.with { stage in
            // The stream outlives who made it.
            try await stage.start().stop()
            for number in 0..<3 { try await stage.put(JobStage.chat("m", in: "c\(number)")) }
            let answers = try await stage.listen("llm.response")
            try await stage.start()
            #expect(try await Set(answers.take(3).map(\.channel)) == ["c0", "c1", "c2"])
            try await stage.emptied()
        }
    }

    @Test("of one id are one job, whether it runs or is done")
    func duplicates() async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "at last"))
            try await stage.start()
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            for _ in 0..<6 { try await stage.put(JobStage.chat("slow", id: "same")) }
            try await stage.ollama.waitForCalls(with: "slow")
            gate.open()
            #expect(try await answers.next().content == "at last")
            try await stage.put(JobStage.chat("slow", id: "same"))
            try await stage.emptied()
            // In another channel the same id is another job; and what comes next is its answer.
            try await stage.put(JobStage.chat("slow", in: "d", id: "same"))
            #expect(try await answers.next().channel == "d")
            #expect(stage.ollama.calls.count == 2)
        }
    }

    @Test("that are asked for again are answered to whoever asks again, alone")
    func askedAgain() async throws {
        try await JobStage.with { stage in
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            let mine = try await stage.listen("my.answers")
            try await stage.put(JobStage.chat("hi", id: "same"))
            let first = try await answers.next()
            try await stage.emptied()
            try await stage.put(JobStage.chat("hi", id: "same", #","reply_to":"my.answers""#))
            #expect(try await mine.next().bytes == first.bytes)
            try await stage.emptied()
            try await stage.put(JobStage.chat("other"))
            // Nobody else heard of it.
            #expect(try await answers.next().content == "echo: other")
            #expect(stage.ollama.calls.count == 2)
        }
    }

    @Test("that have the id of another one are refused, whether that runs or is done", arguments: [true, false])
    func foreign(isRunning: Bool) async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            stage.ollama.when("first", .wait(gate, "at last"))
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            let mine = try await stage.listen("my.answers")
            try await stage.put(JobStage.chat("first", id: "same"))
            try await stage.ollama.waitForCalls(with: "first")
            if !isRunning {
                gate.open()
                #expect(try await answers.next().content == "at last")
                try await stage.emptied()
            }
            try await stage.put(JobStage.chat("second", id: "same", #","reply_to":"my.answers""#))
            // Its turn is after the first one's.
            gate.open()
            let error = try await mine.next()
            #expect((error.code, error.id) == ("invalid_request", "same"))
            if isRunning { #expect(try await answers.next().content == "at last") }
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test(
        "that are wrong in themselves get one error, and are dead",
        arguments: [
            ("no JSON", "invalid_json"), (#"{"action":"fly"}"#, "unknown_action"),
            (#"{"action":"chat","channel_id":"c"}"#, "invalid_request"),
        ])
    func malformed(job: String, code: String) async throws {
        try await JobStage.with { stage in
            try await stage.start()
            let errors = try await stage.listen("llm.error")
            let dead = try await stage.listen("llm.job.dead")
            let number = try await stage.put(job)
            let error = try await errors.next()
            #expect((error.code, error.id) == (code, "job-\(number)"))
            let letter = try await dead.next()
            #expect(letter.bytes == Array(job.utf8))
            #expect(letter.headers["Rosey-Code"] == code)
            #expect(letter.headers["Rosey-Subject"] == "llm.job")
            #expect(letter.headers["Rosey-Sequence"] == "\(number)")
            try await stage.emptied()
            // Exactly one: the next error is another's.
            let next = try await stage.put("no JSON either")
            #expect(try await errors.next().id == "job-\(next)")
        }
    }

    @Test("that fail for good get their error, and that is their answer")
    func failed() async throws {
        try await JobStage.with { stage in
            try await stage.start()
            let errors = try await stage.listen("llm.error")
            try await stage.put(JobStage.chat("m", #","persona":"nobody""#))
            #expect(try await errors.next().code == "unknown_persona")
            try await stage.put(#"{"action":"cancel","request_id":"nothing"}"#)
            #expect(try await errors.next().code == "not_found")
            try await stage.emptied()
        }
    }

    @Test("that fail in a way that may pass are tried again")
    func again() async throws {
        try await JobStage.with { stage in
            stage.ollama.when("moody", .fail(503, "later"))
            try await stage.start()
            let answers = try await stage.listen("llm.response")
            let errors = try await stage.listen("llm.error")
            try await stage.put(JobStage.chat("moody", id: "m"))
            try await stage.ollama.waitForCalls(with: "moody")
            stage.ollama.when("moody", .answer("all right"))
            #expect(try await answers.next().content == "all right")
            try await stage.emptied()
            // Nobody heard of the failure.
            try await stage.put("no JSON")
            #expect(try await errors.next().code == "invalid_json")
        }
    }

    @Test("that fail too often are given up, with an error and a dead letter")
    func givenUp() async throws {
        try await JobStage.with { stage in
            stage.ollama.when("broken", .fail(503, "never"))
            let instance = try await stage.start { $0.maxDeliveries = 2 }
            let errors = try await stage.listen("llm.error")
            let dead = try await stage.listen("llm.job.dead")
            let job = JobStage.chat("broken", id: "b")
            try await stage.put(job)
            let error = try await errors.next()
            #expect((error.code, error.id) == ("provider_unavailable", "b"))
            let letter = try await dead.next()
            #expect(letter.bytes == Array(job.utf8))
            #expect(letter.headers["Rosey-Code"] == "provider_unavailable")
            #expect(letter.headers["Rosey-Attempts"] == "2")
            try await stage.emptied()
            // JetStream may have been slow to hear of us, and have sent it once more.
            let counters = instance.plugin.metrics
            #expect(counters.jobsTaken.value >= 2)
            #expect(counters.jobsRedelivered.value == counters.jobsTaken.value - 1)
            #expect(counters.jobsDead.value == 1)
        }
    }

    @Test("that come too often wait, and have not been tried for that")
    func limited() async throws {
        var settings = ServiceSettings()
        settings.limits.user.requestsPerMinute = 1
        try await JobStage.with { [settings] stage in
            let answers = try await stage.listen("llm.response")
            try await stage.start(service: settings) { $0.maxDeliveries = 1 }
            try await stage.put(JobStage.chat("one", id: "1", #","username":"al""#))
            #expect(try await answers.next().id == "1")
            try await stage.put(JobStage.chat("two", id: "2", #","username":"al""#))
            let record = try await stage.givenBack("2")
            #expect(record.code == "rate_limited")
            #expect(record.attempts == 0)
        }
    }

    @Test("that take longer than JetStream waits for an acknowledgement are asked once")
    func slow() async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "at last"))
            let answers = try await stage.listen("llm.response")
            let acknowledgements = try await stage.listen("$JS.ACK.\(JobRunner.stream).>")
            try await stage.start()
            try await stage.put(JobStage.chat("slow"))
            try await stage.ollama.waitForCalls(with: "slow")
            // Three in a second, which is how long JetStream waits; so the sixth comes after that.
            for _ in 0..<6 { #expect(try await acknowledgements.next().bytes.starts(with: Array("+WPI".utf8))) }
            #expect(try await stage.deliveries() == 1)
            gate.open()
            #expect(try await answers.next().content == "at last")
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("are not taken without JetStream, which is said; all else goes on")
    func withoutJetStream() async throws {
        try await JobStage.with(jetStream: false) { stage in
            let instance = try await stage.start(takesJobs: false)
            try await instance.log.wait(for: "Jobs are not taken: there is no JetStream")
            let reply = try await stage.client.request(
                Array(#"{"action":"complete","message":"m"}"#.utf8), to: "llm.request", timeout: .seconds(10))
            #expect(Reply(reply).content == "echo: m")
        }
    }
}
