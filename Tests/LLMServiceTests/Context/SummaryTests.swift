import Concurrency
import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite("What left a conversation's window")
struct SummaryTests {
    /// After three turns the first two are summarised, for a prompt shows one.
    static func settings(_ change: (inout ContextSettings) -> Void = { _ in }) -> ServiceSettings {
        var settings = ServiceSettings(maxContextMessages: 3)
        settings.context.summarizeAfter = 2
        change(&settings.context)
        return settings
    }

    /// A bench in which a channel has three turns, and the call for their summary.
    private func bench(
        _ settings: ServiceSettings = settings(), _ provider: PuppetProvider = PuppetProvider(),
        others: [PuppetProvider] = []
    ) async throws -> Bench {
        let bench = Bench(provider, others: others, settings: settings)
        for number in 1...3 { try await bench.converse("\(number)") }
        return bench
    }

    private func summary(_ bench: Bench) async -> Conversation.Summary? {
        await bench.service.stores.conversations.value("a").summary
    }

    @Test("is summarised after the answer is out, and the summary is in the next prompt")
    func summarized() async throws {
        let heard = Recorder<ServiceEvent>()
        let bench = Bench(settings: Self.settings())
        bench.service.events.subscribe(heard.append)
        for number in 1...3 { try await bench.converse("\(number)") }
        let call = try await bench.provider.next()
        #expect(call.question.hasSuffix("Messages:\n> alice: 1\n> you: re: 1\n> alice: 2\n> you: re: 2"))
        #expect(call.question.hasPrefix("Notes so far:\n(none)\n"))
        #expect(call.request.temperature == 0.3)
        call.answer("Alice counts.")
        await bench.service.background.finish()
        let turns = await bench.service.stores.conversations.value("a").turns
        #expect(await summary(bench) == .init(text: "Alice counts.", through: turns[1].id))
        let told = heard.all.compactMap {
            if case .summarized(let channel, let messages, let length) = $0 {
                "\(channel) \(messages) \(length)"
            } else {
                nil
            }
        }
        #expect(told == ["a 4 13"])

        let pending = try bench.chat("4")
        let next = try await bench.provider.next()
        let messages = next.request.messages
        #expect(messages.first?.content.hasSuffix("instructions):\nAlice counts.") == true)
        #expect(messages.first?.content.contains("\n\nPrevious conversation summary (") == true)
        #expect(messages.dropFirst().map(\.content) == ["3", "re: 3", "4"])
        next.answer("re: 4")
        // What is in the summary is still not in the prompt.
        #expect(try await pending.outcome().get().context?.dropped == 4)
    }

    @Test("rolls on: the next summary is of the one before and of what came since")
    func rolling() async throws {
        let bench = try await bench()
        try await bench.provider.next().answer("first notes")
        await bench.service.background.finish()
        try await bench.converse("4")
        try await bench.converse("5")
        let call = try await bench.provider.next()
        #expect(
            call.question
                == "Notes so far:\n> first notes\n\nMessages:\n> alice: 3\n> you: re: 3\n> alice: 4\n> you: re: 4")
        call.answer("second notes")
        await bench.service.background.finish()
        #expect(await summary(bench)?.text == "second notes")
    }

    @Test("is summarised by the model of choice", arguments: ["scribe/quill", "quill"])
    func model(name: String) async throws {
        let scribe = PuppetProvider("scribe")
        let bench = try await bench(Self.settings { $0.summaryModel = name }, others: [scribe])
        let call = try await (name == "quill" ? bench.provider : scribe).next()
        #expect(call.request.model == "quill")
        call.answer("notes")
        await bench.service.background.finish()
        #expect(await summary(bench)?.text == "notes")
    }

    @Test("is not summarised where that is not wanted")
    func off() async throws {
        let bench = try await bench(Self.settings { $0.summarizeAfter = 0 })
        #expect(bench.service.background.count == 0)
    }

    @Test("waits for some turns where a summary failed, and nobody notices")
    func failure() async throws {
        let heard = Recorder<ServiceEvent>()
        let bench = Bench(settings: Self.settings())
        bench.service.events.subscribe(heard.append)
        for number in 1...3 { try await bench.converse("\(number)") }
        try await bench.provider.next().fail(ProviderError(.unavailable, "away"))
        await bench.service.background.finish()
        #expect(await summary(bench) == nil)
        let errors = heard.all.compactMap { if case .unsummarized(_, let error) = $0 { error.code } else { nil } }
        #expect(errors == [.providerUnavailable])
        // Not at each of the next turns.
        for number in 4...12 {
            try await bench.converse("\(number)")
            #expect(bench.service.background.count == 0)
        }
        try await bench.converse("13")
        try await bench.converse("14")
        let call = try await bench.provider.next()
        #expect(call.question.contains("> alice: 1\n"))
        call.answer("notes")
        await bench.service.background.finish()
        #expect(await summary(bench)?.text == "notes")
    }

    @Test("is not summarised from a prompt that was cut")
    func cutPrompt() async throws {
        let provider = PuppetProvider { request in
            var completion = Completion("notes", model: "oak")
            completion.isPromptCut = request.messages.last?.content.hasPrefix("Notes so far") == true
            return .success(completion)
        }
        let bench = Bench(provider, settings: Self.settings())
        for number in 1...3 { _ = try await bench.chat("\(number)").outcome() }
        await bench.service.background.finish()
        #expect(bench.provider.requests.count == 4)
        #expect(await summary(bench) == nil)
    }

    @Test("is forgotten with a reset, also by a summary that is under way")
    func reset() async throws {
        let heard = Recorder<ServiceEvent>()
        let bench = try await bench()
        bench.service.events.subscribe(heard.append)
        let call = try await bench.provider.next()
        #expect(await bench.service.reset(channel: "a") == 6)
        call.answer("of what is forgotten")
        await bench.service.background.finish()
        #expect(await summary(bench) == nil)
        #expect(heard.all.isEmpty)
    }

    @Test("is summarised in parts where a model's window is small, each kept as it comes")
    func parts() async throws {
        let provider = PuppetProvider(contextWindow: 2048)
        let bench = Bench(provider, settings: Self.settings { $0.summaryMaxWords = 20 })
        for number in 1...3 { try await bench.converse("\(number)" + String(repeating: "x", count: 700)) }
        let first = try await bench.provider.next()
        first.answer("part one")
        let second = try await bench.provider.next()
        #expect(second.question.hasPrefix("Notes so far:\n> part one\n\nMessages:\n> alice: 2xxx"))
        let turns = await bench.service.stores.conversations.value("a").turns
        #expect(await summary(bench) == .init(text: "part one", through: turns[0].id))
        second.answer("all")
        await bench.service.background.finish()
        #expect(await summary(bench) == .init(text: "all", through: turns[1].id))
    }

    @Test("is bounded: a summary that is too long is cut")
    func longSummary() async throws {
        let bench = try await bench(Self.settings { $0.summaryMaxWords = 100 })
        try await bench.provider.next().answer(String(repeating: "ü", count: 10_000))
        await bench.service.background.finish()
        #expect(await summary(bench)?.text == String(repeating: "ü", count: 800))
    }

    @Test("has a bounded time to be summarised in")
    func late() async throws {
        let heard = Recorder<ServiceEvent>()
        let bench = Bench(settings: Self.settings())
        bench.service.events.subscribe(heard.append)
        for number in 1...3 { try await bench.converse("\(number)") }
        _ = try await bench.provider.next()
        bench.time.advance(by: bench.service.settings.requestTimeout)
        await bench.service.background.finish()
        #expect(heard.all.contains { if case .unsummarized = $0 { true } else { false } })
        #expect(await summary(bench) == nil)
    }

    @Test("is left at the end of the service, without a word", arguments: [true, false])
    func shutdown(isAbandoned: Bool) async throws {
        let heard = Recorder<ServiceEvent>()
        let bench = try await bench()
        bench.service.events.subscribe(heard.append)
        _ = try await bench.provider.next()
        isAbandoned ? bench.service.abandon() : bench.service.beginShutdown()
        try await within { await bench.service.background.finish() }
        #expect(await summary(bench) == nil)
        #expect(heard.all.isEmpty)
    }

    @Test("is summarised once, however many turns come meanwhile")
    func once() async throws {
        let bench = try await bench()
        let call = try await bench.provider.next()
        try await bench.converse("4")
        try await bench.converse("5")
        #expect(bench.service.background.count == 1)
        call.answer("notes")
        await bench.service.background.finish()
        #expect(bench.provider.requests.count == 6)
        // What came meanwhile is summarised when the next turn is there.
        try await bench.converse("6")
        let next = try await bench.provider.next()
        #expect(next.question.contains("> alice: 3\n"))
        #expect(!next.question.contains("> alice: 2\n"))
        next.answer("more notes")
        await bench.service.background.finish()
        #expect(await summary(bench)?.text == "more notes")
    }
}
