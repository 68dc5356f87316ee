import Conversations
import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite struct ChatTests {
    @Test func theModelSeesThePersonaTheTurnsAndTheQuestion() async throws {
        let bench = Bench()
        try await bench.converse("one")
        try await bench.converse("two")
        let prompt = try #require(PersonaBook()["default"]?.prompt)
        let requests = bench.provider.requests
        #expect(
            requests.map(\.input) == [
                .messages([ChatMessage(.system, prompt), ChatMessage(.user, "one", speaker: "alice")]),
                .messages([
                    ChatMessage(.system, prompt), ChatMessage(.user, "one", speaker: "alice"),
                    ChatMessage(.assistant, "re: one"), ChatMessage(.user, "two", speaker: "alice"),
                ]),
            ])
        #expect(await bench.turns() == ["one | re: one", "two | re: two"])
    }

    @Test func theAnswerTellsHowItCameAbout() async throws {
        let bench = Bench(settings: ServiceSettings(maxContextMessages: 3))
        for number in 0..<3 { try await bench.converse("\(number)") }
        let pending = try bench.chat("hello", "a", RequestOptions(requestID: "r7"))
        let call = try await bench.provider.next()
        bench.time.advance(by: .milliseconds(412))
        let usage = TokenUsage(promptTokens: 26, completionTokens: 10)
        call.answer("hi", model: "oak:7b", finishReason: .length, usage: usage)
        let answer = try await pending.outcome().get()
        #expect(answer.content == "hi")
        #expect(answer.requestID == "r7")
        #expect(pending.requestID == "r7")
        #expect(answer.provider == "puppet")
        #expect(answer.model == "oak:7b")
        #expect(answer.persona == "default")
        #expect(answer.finishReason == .length)
        #expect(answer.usage == usage)
        #expect(answer.latency == .milliseconds(412))
        #expect(answer.attempts == 1)
        #expect(answer.context?.messages == 3)
        #expect(answer.context?.dropped == 4)
        #expect(answer.context?.isPersisted == false)
    }

    @Test func latencyCountsTheWaitingToo() async throws {
        let bench = Bench()
        let (first, second) = (try bench.chat("1"), try bench.chat("2"))
        let call = try await bench.provider.next()
        bench.time.advance(by: .seconds(5))
        call.answer("x")
        let next = try await bench.provider.next()
        bench.time.advance(by: .seconds(2))
        next.answer("y")
        #expect(try await first.outcome().get().latency == .seconds(5))
        #expect(try await second.outcome().get().latency == .seconds(7))
    }

    @Test func idsAreMadeUpWhereThereAreNone() async throws {
        let bench = Bench()
        var ids: Set<String> = []
        for number in 0..<20 {
            let answer = try await bench.converse("\(number)")
            #expect(answer.requestID.utf8.count == 16)
            #expect(answer.requestID.allSatisfy { $0.isHexDigit })
            ids.insert(answer.requestID)
        }
        #expect(ids.count == 20)
    }

    @Test func theProviderIsToldHowToAnswer() async throws {
        let bench = Bench()
        try await bench.converse("x", "a", RequestOptions(model: "m", temperature: 0.1, maxTokens: 7, stop: ["END"]))
        let request = try #require(bench.provider.requests.last)
        #expect(request.model == "m")
        #expect(request.temperature == 0.1)
        #expect(request.maxTokens == 7)
        #expect(request.stop == ["END"])
    }

    @Test func theShortWayIn() async throws {
        let service = LLMService(
            provider: PuppetProvider { .success(Completion("re: \($0.messages.count)", model: "m")) })
        #expect(try await service.told("hello", channel: "a") == "re: 2")
        #expect(try await service.told("hello", channel: "a") == "re: 4")
        #expect(service.load == (0, 0))
    }

    // MARK: input

    static let blanks = ["", " ", "\n\t ", "\u{3000}", "\u{A0}"]

    @Test(arguments: blanks)
    func blankMessagesAreRefusedBeforeAnythingRuns(message: String) async throws {
        let bench = Bench()
        let expected = "invalid_request: message: expected a non-empty string, got a blank one"
        #expect(try await bench.service.told(message, channel: "a") == expected)
        let error = try await within {
            await #expect(throws: LLMError.self) { try await bench.service.complete(message) }
        }
        #expect(error?.code == .invalidRequest)
        #expect(bench.provider.requests.isEmpty)
        #expect(bench.service.load == (0, 0))
        #expect(await bench.turns() == [])
    }

    @Test(
        arguments: [
            (.chat(message: "x", channel: "", username: nil), "invalid_request", "channel_id"),
            (.retry(channel: ""), "invalid_request", "channel_id"),
            (.complete(.messages([])), "invalid_request", "messages"),
            (.complete(.text(" ", system: "x")), "invalid_request", "message"),
        ] as [(Work, String, String)])
    func malformedWorkIsRefusedAtOnce(work: Work, code: String, field: String) {
        let bench = Bench()
        let error = #expect(throws: LLMError.self) { try bench.service.submit(work, options: RequestOptions()) }
        #expect(error?.code.name == code)
        #expect(error?.message.hasPrefix("\(field): ") == true)
        #expect(error?.isProviderFailure == false)
        #expect(bench.service.load == (0, 0))
    }

    // MARK: completions

    @Test func aCompletionLeavesConversationsAsTheyAre() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let before = await bench.service.stores.conversations.value("a")
        let pending = try bench.start(.complete(.text("a prompt", system: nil)))
        try await bench.provider.next().answer("an answer")
        let answer = try await pending.outcome().get()
        #expect(answer.content == "an answer")
        #expect(answer.persona == nil)
        #expect(answer.context == nil)
        #expect(bench.provider.requests.last?.input == .text("a prompt", system: nil))
        #expect(await bench.service.stores.conversations.value("a") == before)
    }

    @Test func completionsDoNotWaitForEachOtherNorForChannels() async throws {
        let bench = Bench()
        let chat = try bench.chat("slow")
        let call = try await bench.provider.next()
        let completions = try (0..<5).map { try bench.start(.complete(.text("\($0)", system: nil))) }
        for _ in 0..<5 { try await bench.provider.next().answer("done") }
        for completion in completions { #expect(try await completion.told() == "done") }
        call.answer("at last")
        #expect(try await chat.told() == "at last")
    }

    @Test(
        arguments: [
            (.text("p", system: nil), RequestOptions(), .text("p", system: nil)),
            (.text("p", system: nil), RequestOptions(system: "S"), .text("p", system: "S")),
            (.text("p", system: "own"), RequestOptions(), .text("p", system: "own")),
            (.text("p", system: nil), RequestOptions(persona: "brief"), .text("p", system: "Be brief.")),
            (.text("p", system: nil), RequestOptions(persona: "brief", system: "S"), .text("p", system: "S")),
            (
                .messages([ChatMessage(.user, "p")]), RequestOptions(system: "S"),
                .messages([ChatMessage(.system, "S"), ChatMessage(.user, "p")])
            ),
            (.messages([ChatMessage(.user, "p")]), RequestOptions(), .messages([ChatMessage(.user, "p")])),
        ] as [(CompletionRequest.Input, RequestOptions, CompletionRequest.Input)])
    func systemPromptsOfCompletions(
        input: CompletionRequest.Input, options: RequestOptions, asked: CompletionRequest.Input
    ) async throws {
        let book = PersonaBook(adding: [Persona(name: "brief", prompt: "Be brief.")])
        let bench = Bench(settings: ServiceSettings(personas: book))
        let pending = try bench.start(.complete(input), options)
        try await bench.provider.next().answer("x")
        #expect(try await pending.told() == "x")
        #expect(bench.provider.requests.map(\.input) == [asked])
    }

    // MARK: pieces

    @Test func thePiecesOfAnAnswerComeAsTheyAreMade() async throws {
        let bench = Bench()
        let pieces = Recorder<String>()
        let work = Work.chat(message: "x", channel: "a", username: nil)
        let pending = Pending(try bench.service.submit(work, options: RequestOptions()), deltas: { pieces.append($0) })
        let call = try await bench.provider.next()
        for piece in ["\n", " Hel", "", "lo", " ", "you"] { call.deltas?(piece) }
        #expect(pieces.all.joined() == "\n Hello you")
        #expect(!pending.isDelivered)
        call.answer("\n Hello you")
        #expect(try await pending.told() == pieces.all.joined())
    }

    @Test func whoeverWantsNoPiecesGetsNone() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        let call = try await bench.provider.next()
        #expect(call.deltas == nil)
        call.answer("y")
        #expect(try await pending.told() == "y")
    }
}
