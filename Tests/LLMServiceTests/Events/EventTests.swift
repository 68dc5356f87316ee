import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite("Whoever watches a service")
struct EventTests {
    private let heard = Recorder<ServiceEvent>()

    private func bench(_ provider: PuppetProvider = PuppetProvider(), _ settings: ServiceSettings = ServiceSettings())
        -> Bench
    {
        let bench = Bench(provider, settings: settings)
        bench.service.events.subscribe(heard.append)
        return bench
    }

    private var responses: [ServiceEvent.Response] {
        heard.all.compactMap { if case .response(let event) = $0 { event } else { nil } }
    }

    private var failures: [(error: LLMError, channel: String?, user: String?)] {
        heard.all.compactMap {
            if case .failure(let error, let channel, let user, _) = $0 { (error, channel, user) } else { nil }
        }
    }

    @Test("hears of each answer, how long it was, and not what it was")
    func answers() async throws {
        let bench = bench()
        let pending = try bench.chat("größe?")
        let call = try await bench.provider.next()
        bench.time.advance(by: .seconds(2))
        call.answer("😀!", usage: TokenUsage(promptTokens: 7, completionTokens: 2))
        _ = try await pending.outcome()
        let retry = try bench.start(.retry(channel: "a"))
        try await bench.provider.next().answer("better")
        _ = try await retry.outcome()
        #expect(heard.all.count == 2)
        let event = try #require(responses.first)
        #expect((event.channel, event.user, event.provider, event.persona) == ("a", "alice", "puppet", "default"))
        #expect((event.promptLength, event.responseLength, event.tokens) == (6, 2, 9))
        #expect(event.latency == .seconds(2))
        #expect(responses.last?.promptLength == 6)
        #expect(responses.last?.responseLength == 6)
        #expect(responses.last?.tokens == nil)
    }

    @Test("hears of answers outside conversations too")
    func others() async throws {
        let bench = bench(PuppetProvider { _ in .success(Completion("done", model: "oak")) })
        var options = RequestOptions()
        options.channel = "b"
        _ = try await bench.service.complete("four", options: options)
        _ = try await bench.service.summarize("seven77")
        _ = try await bench.start(
            .complete(.messages([ChatMessage(.user, "12"), ChatMessage(.assistant, "345")])), options
        ).outcome()
        #expect(responses.map(\.promptLength) == [4, 7, 5])
        #expect(responses.map(\.channel) == ["b", nil, "b"])
        #expect(responses.allSatisfy { $0.user == nil && $0.persona == nil && $0.responseLength == 4 })
    }

    @Test("hears of each failure once: what was wrong with a request, what a provider did, who stopped it")
    func failed() async throws {
        let bench = bench(PuppetProvider(), ServiceSettings(queue: .init(running: 1, waiting: 1, waitingPerChannel: 1)))
        #expect(throws: LLMError.self) { try bench.chat(" ") }
        let pending = try bench.chat("x")
        let call = try await bench.provider.next()
        let waiting = try bench.chat("y")
        #expect(throws: LLMError.self) { try bench.chat("z") }
        #expect(bench.service.cancel(requestID: waiting.requestID) == 1)
        _ = try await waiting.outcome()
        call.fail(ProviderError(.unavailable, "away"))
        _ = try await pending.outcome()
        await #expect(throws: LLMError.self) {
            try await bench.service.chat("x", channel: "b", username: "bob", options: RequestOptions(persona: "nobody"))
        }
        #expect(
            failures.map(\.error.code)
                == [.invalidRequest, .busy, .cancelled, .providerUnavailable, .unknownPersona])
        #expect(failures.map(\.channel) == ["a", "a", "a", "a", "b"])
        #expect(failures.map(\.user) == ["alice", "alice", "alice", "alice", "bob"])
        #expect(heard.all.count == 5)
    }

    @Test("hears of an answer after it is out")
    func order() async throws {
        let bench = bench()
        let atDelivery = Recorder<Int>()
        let pending = Pending(
            try bench.service.submit(.complete(.text("x", system: nil)), options: RequestOptions()),
            onDelivery: { [heard] in atDelivery.append(heard.all.count) })
        try await bench.provider.next().answer("y")
        _ = try await pending.outcome()
        #expect(atDelivery.all == [0])
        #expect(heard.all.count == 1)
    }
}
