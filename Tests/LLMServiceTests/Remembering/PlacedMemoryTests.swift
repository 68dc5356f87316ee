import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Settings
import Testing

@testable import LLMService

@Suite("Memories that a model places") struct PlacedMemoryTests {
    /// Drinks lie in one direction, all else in another.
    private static func place(_ request: EmbeddingRequest) -> Result<Embeddings, ProviderError> {
        let vectors = request.inputs.map { text in
            ["tea", "Darjeeling", "beverage"].contains(where: text.contains) ? [1.0, 0.1] : [0.0, 1.0]
        }
        return .success(Embeddings(vectors, model: "place"))
    }

    private func placing(tokensPerDay: Int = 0, _ place: @escaping MapsProvider.Place) -> Bench {
        var settings = ServiceSettings.remembering(MemorySettings().with { $0.embeddingModel = "maps/place" })
        settings.limits.tokensPerDay = tokensPerDay
        let bench = Bench(settings: settings)
        bench.service.registry.register(MapsProvider(place: place), policy: ProviderPolicy(maxRetries: 0))
        return bench
    }

    /// What went wrong that nobody waited for.
    private func failures(of bench: Bench) -> Recorder<String> {
        let recorder = Recorder<String>()
        bench.service.events.subscribe {
            if case .forgetful(let work, let error) = $0 { recorder.append("\(work): \(error.code)") }
        }
        return recorder
    }

    @Test("are found by what they mean, in a prompt and when they are looked for")
    func meaning() async throws {
        let asked = Recorder<EmbeddingRequest>()
        let bench = placing { request in
            asked.append(request)
            return Self.place(request)
        }
        try await bench.remember("Alice likes Darjeeling")
        try await bench.remember("Bob has a cat")
        await bench.service.background.finish()
        #expect(await bench.book().memories.allSatisfy { $0.vector?.model == "maps/place" })
        #expect(asked.all.allSatisfy { $0.model == "place" })
        try await bench.converse("Which beverage shall I bring?")
        #expect(asked.all.last?.inputs == ["Which beverage shall I bring?"])
        #expect(bench.facts == ["- Alice likes Darjeeling (noted by alice)"])
        #expect(await bench.recall("a beverage") == "Alice likes Darjeeling")
    }

    @Test("are found by words alone where the tokens of the day are spent")
    func spent() async throws {
        let asked = Recorder<EmbeddingRequest>()
        let bench = placing(tokensPerDay: 1000) { request in
            asked.append(request)
            return Self.place(request)
        }
        try await bench.remember("Alice likes Darjeeling")
        await bench.service.background.finish()
        #expect(await bench.recall("beverage") == "Alice likes Darjeeling")
        #expect(await bench.service.usage(user: nil).tokensToday == (22 + 3) / 4 + 2)
        bench.service.limits.note(tokens: 1000, channel: nil)
        _ = await bench.service.usage(user: nil)
        let count = asked.all.count
        try await bench.remember("Bob has a cat")
        await bench.service.background.finish()
        #expect(await bench.recall("the cat") == "Bob has a cat")
        #expect(asked.all.count == count)
    }

    @Test("are not waited for: after half a second words alone decide")
    func late() async throws {
        let never = AsyncStream<Never>.makeStream()
        let reached = Gate()
        let bench = placing { request in
            guard request.inputs == ["a beverage or tea?"] else { return Self.place(request) }
            reached.open()
            for await _ in never.stream {}
            return .failure(ProviderError(.cancelled, "the caller is gone"))
        }
        let failures = failures(of: bench)
        try await bench.remember("Alice likes Darjeeling")
        try await bench.remember("Bob likes tea")
        await bench.service.background.finish()
        let timers = bench.time.timersSet
        let pending = try bench.chat("a beverage or tea?")
        try await within { await reached.pass() }
        // The request's deadline, and that of the place.
        try await bench.time.timersSet(timers + 2)
        bench.time.advance(by: .milliseconds(499))
        #expect(bench.provider.requests.isEmpty)
        bench.time.advance(by: .milliseconds(1))
        let call = try await bench.provider.next()
        #expect(bench.facts == ["- Bob likes tea (noted by alice)"])
        call.answer("tea")
        #expect(try await pending.told() == "tea")
        #expect(failures.all == ["placing a question among memories: cancelled"])
    }

    @Test("stay as they are where the model fails, which nobody is told but whoever looks for it")
    func failure() async throws {
        let bench = placing { _ in .failure(ProviderError(.invalidRequest, "no")) }
        let failures = failures(of: bench)
        try await bench.remember("Alice likes tea")
        await bench.service.background.finish()
        #expect(await bench.book().memories.map(\.vector) == [nil])
        try await bench.converse("tea?")
        #expect(bench.facts.count == 1)
        #expect(failures.all == ["placing memories: provider_error"])
    }

    @Test("are not asked for where none are there")
    func none() async throws {
        let asked = Recorder<EmbeddingRequest>()
        let bench = placing { request in
            asked.append(request)
            return .failure(ProviderError(.invalidRequest, "no"))
        }
        try await bench.converse("tea?")
        #expect(await bench.recall("tea") == "")
        try await bench.remember("Alice likes tea")
        await bench.service.background.finish()
        #expect(asked.all.count == 1)
        try await bench.converse("tea?")
        #expect(asked.all.count == 1)
    }

    @Test("of before, or of another model, are placed when something new is remembered, the latest first, so many")
    func later() async throws {
        let bench = placing { Self.place($0) }
        let other = try #require(MemoryVector([1, 2, 3], model: "other"))
        for number in 0..<80 {
            let memory = try #require(Memory("fact \(number)", created: bench.time.timestamp))
            _ = await bench.service.stores.memories.change("a", .add(memory, most: 100))
            if number > 70 { _ = await bench.service.stores.memories.change("a", .place([memory.id: other])) }
        }
        try await bench.remember("the last")
        await bench.service.background.finish()
        #expect(await bench.book().memories.map { $0.vector?.model == "maps/place" } == (0..<81).map { $0 >= 17 })
    }

    @Test("by a model of nobody's fail as by one that fails")
    func unknown() async throws {
        let bench = Bench(settings: .remembering(MemorySettings().with { $0.embeddingModel = "place" }))
        let failures = failures(of: bench)
        try await bench.remember("Alice likes tea")
        await bench.service.background.finish()
        #expect(failures.all == ["placing memories: provider_error"])
        #expect(await bench.recall("tea") == "Alice likes tea")
    }
}
