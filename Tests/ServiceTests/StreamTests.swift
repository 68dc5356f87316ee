import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("A streamed answer on the bus")
struct StreamTests {
    private static let story = #"{"action":"chat","channel_id":"c","message":"story","stream":true,"request_id":"s"}"#

    /// What is left of the replies.
    private func rest(_ replies: inout NATSReplies.Iterator) async throws -> [Reply] {
        var all: [Reply] = []
        while let message = try await replies.next() { all.append(Reply(message)) }
        return all
    }

    private func first(_ replies: inout NATSReplies.Iterator) async throws -> Reply {
        Reply(try #require(try await replies.next()))
    }

    @Test("is heard before it is whole, and ends with the whole of it and an empty message")
    func early() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("story", .stream([.words("Once "), .wait(gate), .words("upon "), .words("a time")]))
            let deltas = try await stage.listen("llm.delta")
            let answers = try await stage.listen("llm.response")
            var replies = try stage.stream(Self.story).makeAsyncIterator()
            let first = try await first(&replies)
            #expect(first["type"] == "llm_delta")
            #expect(first.content == "Once ")
            #expect(try await deltas.next().bytes == first.bytes)
            gate.open()
            let rest = try await rest(&replies)
            let pieces = [first] + rest.dropLast()
            #expect(pieces.map { $0.fields["seq"] } == pieces.indices.map { .integer($0) })
            #expect(pieces.compactMap(\.content).joined() == "Once upon a time")
            #expect(rest.last?["type"] == "llm_response")
            #expect(rest.last?.content == "Once upon a time")
            #expect(try await answers.next().bytes == rest.last?.bytes)
            #expect(try await deltas.take(pieces.count - 1).map(\.bytes) == pieces.dropFirst().map(\.bytes))
            guard case .integer(let firstToken)? = rest.last?.fields["ttft_ms"],
                case .integer(let latency)? = rest.last?.fields["latency_ms"]
            else { throw TimedOut() }
            #expect(firstToken <= latency)
            #expect(rest.last?.fields["tokens_per_s"] != .null)
        }
    }

    @Test("is gathered for as long as is set, and nothing of it waits beyond its end")
    func gathered() async throws {
        try await Stage.with(plugin: PluginSettings(chat: ChatSettings().with { $0.deltaInterval = .seconds(100) })) {
            stage in
            let gate = Gate()
            let pieces: [FakeOllama.Piece] = [
                .words("Once "), .wait(gate), .words("upon "), .words("a "), .words("time"),
            ]
            stage.ollama.when("story", .stream(pieces))
            var replies = try stage.stream(Self.story).makeAsyncIterator()
            #expect(try await first(&replies).content == "Once ")
            gate.open()
            let rest = try await rest(&replies)
            #expect(rest.compactMap(\.content) == ["upon a time", "Once upon a time"])
            // So it is where it breaks off.
            let other = Gate()
            stage.ollama.when("break", .stream([.words("Once "), .wait(other), .words("upon"), .breakOff]))
            replies = try stage.stream(#"{"action":"complete","message":"break","stream":true}"#).makeAsyncIterator()
            #expect(try await first(&replies).content == "Once ")
            other.open()
            let broken = try await self.rest(&replies)
            #expect(broken.map { $0.content ?? $0.code } == ["upon", "provider_unavailable"])
        }
    }

    @Test("that is cancelled in the middle ends in one error, and its provider is left at once")
    func cancelled() async throws {
        try await Stage.with { stage in
            stage.ollama.when("story", .stream([.words("Once "), .wait(Gate()), .words("upon")]))
            let errors = try await stage.listen("llm.error")
            let answers = try await stage.listen("llm.response")
            var replies = try stage.stream(Self.story).makeAsyncIterator()
            #expect(try await first(&replies).content == "Once ")
            let cancel = try await stage.ask(#"{"action":"cancel","request_id":"s"}"#)
            #expect(cancel.content == "Stopped (1 cancelled).")
            let rest = try await rest(&replies)
            #expect(rest.map(\.code) == ["cancelled"])
            #expect(rest.first?.fields["seq"] == nil)
            try await stage.ollama.waitForClose(of: "story")
            #expect(try await errors.next().bytes == rest.first?.bytes)
            // And nothing else came of it: not another error, no answer, no turn.
            _ = try await stage.ask(#"{"action":"dance","request_id":"after"}"#)
            #expect(try await errors.next().id == "after")
            let next = try await stage.ask(#"{"action":"chat","channel_id":"c","message":"next"}"#)
            #expect(try await answers.take(2).map(\.content) == ["Stopped (1 cancelled).", next.content])
            #expect(stage.ollama.calls.last?.roles == ["system", "user"])
        }
    }

    @Test("that breaks after its first word is one error, and nobody is asked again")
    func broken() async throws {
        try await Stage.with { stage in
            let gate = Gate()
            stage.ollama.when("story", .stream([.words("Once "), .wait(gate), .breakOff]))
            var replies = try stage.stream(Self.story).makeAsyncIterator()
            #expect(try await first(&replies).content == "Once ")
            gate.open()
            let rest = try await rest(&replies)
            #expect(rest.map(\.code) == ["provider_unavailable"])
            #expect(rest.first?.fields["attempts"] == .integer(1))
            #expect(rest.first?.headers["Nats-Service-Error-Code"] == "503")
            #expect(stage.ollama.calls.count == 1)
        }
    }

    @Test("has a piece that is larger than the server takes sent in several")
    func large() async throws {
        try await Stage.with(configuration: "max_payload: 20000") { stage in
            let text = String(repeating: "👩‍👩‍👧‍👦 \"", count: 2_000)
            stage.ollama.when("story", .stream([.words(text)]))
            var replies = try stage.stream(Self.story).makeAsyncIterator()
            let all = try await rest(&replies)
            let pieces = all.dropLast()
            #expect(pieces.count > 2)
            #expect(pieces.allSatisfy { $0.bytes.count <= 20_000 })
            #expect(pieces.map { $0.fields["seq"] } == pieces.indices.map { .integer($0) })
            #expect(pieces.compactMap(\.content).joined() == text)
            // Its whole is larger still.
            #expect(all.last?.code == "answer_too_large")
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }

    @Test("is one of a thousand at once, and of each every word comes in its order")
    func thousand() async throws {
        let count = 1_000
        let words = 20
        let limits = QueueLimits(running: count)
        try await Stage.with(ServiceSettings(queue: limits), providers: [Chorus(count, words: words)]) { stage in
            let answers = try await withThrowingTaskGroup(of: (Int, [Reply]).self) { group in
                for id in 0..<count {
                    let replies = try stage.stream(
                        #"{"action":"chat","channel_id":"c\#(id)","message":"\#(id)","provider":"chorus","stream":true}"#
                    )
                    group.addTask {
                        var replies = replies.makeAsyncIterator()
                        return (id, try await rest(&replies))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers.count == count)
            for (id, all) in answers {
                let whole = (0..<words).map { "\(id).\($0) " }.joined()
                let pieces = all.dropLast()
                #expect(all.last?.content == whole)
                #expect(pieces.compactMap(\.content).joined() == whole)
                #expect(pieces.map { $0.fields["seq"] } == pieces.indices.map { .integer($0) })
                #expect((1...words).contains(pieces.count))
            }
            // It is counted once it is out.
            try await eventually { stage.plugin.metrics.answered.value == count }
            #expect(stage.plugin.metrics.unsent.value == 0)
        }
    }
}

/// Answers nobody before so many ask; then all of them word by word.
private struct Chorus: Provider {
    let name = "chorus"
    let defaultModel = "voices"
    private let words: Int
    private let voices: CountDown

    init(_ voices: Int, words: Int) {
        self.words = words
        self.voices = CountDown(voices)
    }

    func isAvailable() async -> Bool { true }

    func models() async throws(ProviderError) -> [String] { [defaultModel] }

    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        await voices.arrive()
        var answer = ""
        for number in 0..<words {
            let word = "\(request.messages.last?.content ?? "").\(number) "
            answer += word
            deltas?(word)
            await Task.yield()
        }
        return Completion(answer, model: defaultModel)
    }
}
