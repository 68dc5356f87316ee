import BusProtocol
import JSON
import LLMService
import NATSClient
import ServiceRuntime
import TestSupport
import Testing

@testable import NATSPlugin

@Suite("Jobs when something breaks", .timeLimit(.minutes(3)))
struct JobFailoverTests {
    @Test("go to another instance when the one that runs them is gone")
    func killed() async throws {
        try await JobStage.with { stage in
            stage.ollama.when("hang", .silent)
            let answers = try await stage.listen("llm.response")
            let errors = try await stage.listen("llm.error")
            let first = try await stage.start()
            for number in 0..<4 { try await stage.put(JobStage.chat("hang", in: "c\(number)", id: "\(number)")) }
            try await stage.ollama.waitForCalls(4, with: "hang")
            stage.ollama.when("hang", .answer("saved"))
            try await stage.start()
            await first.kill()
            let saved = try await answers.take(4)
            #expect(Set(saved.map(\.id)) == ["0", "1", "2", "3"])
            #expect(saved.allSatisfy { $0.content == "saved" })
            try await stage.emptied()
            // Nobody was told that an instance was gone.
            try await stage.put("no JSON")
            #expect(try await errors.next().code == "invalid_json")
        }
    }

    @Test("go to another instance when the one that runs them ends, and are not answered with that")
    func shutDown() async throws {
        try await JobStage.with { stage in
            stage.ollama.when("hang", .silent)
            let answers = try await stage.listen("llm.response")
            let errors = try await stage.listen("llm.error")
            // It has room for two, one of which waits behind the other; a third is still in the queue.
            let first = try await stage.start {
                $0.ackWait = .seconds(90)
                $0.maxRunning = 2
            }
            for number in 0..<3 { try await stage.put(JobStage.chat("hang", id: "\(number)")) }
            try await stage.ollama.waitForCalls(with: "hang")
            stage.ollama.when("hang", .answer("saved"))
            await first.stop()
            // Long before anybody would count as gone.
            try await stage.start { $0.ackWait = .seconds(90) }
            #expect(try await Set(answers.take(3).map(\.id)) == ["0", "1", "2"])
            try await stage.emptied()
            try await stage.put("no JSON")
            #expect(try await errors.next().code == "invalid_json")
        }
    }

    @Test("are answered when the server comes back", arguments: [true, false])
    func serverRestarted(isDoneMeanwhile: Bool) async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "at last"))
            let answers = try await stage.listen("llm.response")
            try await stage.start()
            for number in 0..<5 { try await stage.put(JobStage.chat("slow", in: "c\(number)", id: "\(number)")) }
            try await stage.ollama.waitForCalls(5, with: "slow")
            await stage.server.kill()
            if isDoneMeanwhile { gate.open() }
            try await stage.server.restart()
            try await stage.connected()
            gate.open()
            // What is sent before whoever listens is back is not heard.
            if !isDoneMeanwhile {
                #expect(try await Set(answers.take(5).map(\.id)) == ["0", "1", "2", "3", "4"])
            }
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 5)
            let bucket = try await stage.bucket()
            let keys = try await bucket.keys()
            #expect(keys.count == 5)
            for key in keys {
                let value = try await bucket.get(key)?.value
                let record = try #require(JobRecord(value ?? []))
                guard case .done(let result, isPublished: true) = record.stage else {
                    Issue.record("a job that is not answered: \(record)")
                    continue
                }
                #expect(String(decoding: result.bytes, as: UTF8.self).contains("at last"))
            }
        }
    }

    @Test("whose answer was kept and not sent get it, and no model is asked again")
    func unpublished() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            let identity = ReplyContext.identity("k", within: "chat", "c")
            var record = JobRecord(owner: "gone", at: SystemTime().timestamp + .seconds(-60))
            let kept = Array(#"{"type":"llm_response","content":"kept","request_id":"k"}"#.utf8)
            record.stage = .done(JobResult(isError: false, bytes: kept), isPublished: false)
            try await stage.bucket().create("id.\(SHA256.hexadecimal(identity.utf8))", record.bytes)
            try await stage.start()
            try await stage.put(JobStage.chat("m", id: "k"))
            #expect(try await answers.next().bytes == kept)
            try await stage.emptied()
            // Now it is known to be out.
            try await stage.put(JobStage.chat("m", id: "k"))
            try await stage.emptied()
            try await stage.put(JobStage.chat("other"))
            #expect(try await answers.next().content == "echo: other")
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("that somebody else has taken over are not answered by who had them before")
    func takenOver() async throws {
        try await JobStage.with { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "too late"))
            let answers = try await stage.listen("llm.response")
            // It lets others believe that it is gone, as its signs of life come once in twenty seconds.
            try await stage.start { $0.ackWait = .seconds(60) }
            try await stage.put(JobStage.chat("slow", id: "t"))
            try await stage.ollama.waitForCalls(with: "slow")
            let other = try await JobLedger.open(
                on: stage.client, instance: "other", patience: .seconds(60), settings: JobSettings(),
                time: TimeAhead(.seconds(61)))
            let key = "id." + SHA256.hexadecimal(ReplyContext.identity("t", within: "chat", "c").utf8)
            let object = JSONValue.parse(Array(JobStage.chat("slow", id: "t").utf8))?.object
            let source = JobSource(sequence: 1, time: 0, object)
            guard case .run(let claim) = try await other.claim(key, source) else {
                Issue.record("the claim was not taken over")
                return
            }
            #expect(claim.record.attempts == 2)
            gate.open()
            try await stage.put(JobStage.chat("slow too", in: "d", id: "u"))
            try await stage.put(JobStage.chat("quick", id: "v"))
            // Of its own channel too, the answer that comes is the next one's.
            #expect(try await Set(answers.take(2).map(\.id)) == ["u", "v"])
            #expect(claim.record.stage == .running)
        }
    }

    @Test("on which instances die again and again are given up")
    func poison() async throws {
        try await JobStage.with { stage in
            let errors = try await stage.listen("llm.error")
            let dead = try await stage.listen("llm.job.dead")
            var record = JobRecord(owner: "gone", at: SystemTime().timestamp + .seconds(-60), attempts: 5)
            let identity = ReplyContext.identity("p", within: "chat", "c")
            try await stage.bucket().create("id.\(SHA256.hexadecimal(identity.utf8))", record.bytes)
            record.attempts = 4
            let second = ReplyContext.identity("q", within: "chat", "c")
            try await stage.bucket().create("id.\(SHA256.hexadecimal(second.utf8))", record.bytes)
            let answers = try await stage.listen("llm.response")
            try await stage.start()
            try await stage.put(JobStage.chat("m", id: "p"))
            let error = try await errors.next()
            #expect((error.code, error.id) == ("internal", "p"))
            #expect(try await dead.next().headers["Rosey-Code"] == "internal")
            // One more is allowed.
            try await stage.put(JobStage.chat("m", id: "q"))
            #expect(try await answers.next().id == "q")
            try await stage.emptied()
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("are answered though somebody deletes the bucket")
    func deleted() async throws {
        try await JobStage.with { stage in
            let answers = try await stage.listen("llm.response")
            try await stage.start()
            _ = try await stage.client.request(
                [], to: "$JS.API.STREAM.DELETE.KV_\(JobLedger.bucket)", timeout: .seconds(5))
            try await stage.put(JobStage.chat("one"))
            #expect(try await answers.next().content == "echo: one")
            try await stage.emptied()
        }
    }
}
