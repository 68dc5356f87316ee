import Conversations
import LanguageModels
import Testing

@testable import LLMService

@Suite struct ChannelModelTests {
    private static func bench(defaultPersona: String = "default") -> Bench {
        let book = PersonaBook(adding: [Persona(name: "poet", prompt: "Rhyme.", model: "other/verse")])
        return Bench(
            PuppetProvider("ollama", defaultModel: "llama3.2", models: .success(["qwen3:8b", "phi4:latest"])) { _ in
                .success(Completion("x", model: "m"))
            },
            others: [
                PuppetProvider("other", models: .success(["verse"])) { _ in .success(Completion("x", model: "m")) },
                PuppetProvider("away", models: .failure(ProviderError(.unavailable, "away"))) { _ in
                    .success(Completion("x", model: "m"))
                },
            ],
            settings: ServiceSettings(personas: book, defaultPersona: defaultPersona))
    }

    /// Who answers a channel's next turn, as `provider/model`; the provider's default is `-`.
    private func answering(_ bench: Bench, _ options: RequestOptions = RequestOptions()) async throws -> String {
        let answer = try await bench.chat("x", "a", options).outcome().get()
        let provider = try #require(bench.service.registry.get(answer.provider) as? PuppetProvider)
        return "\(answer.provider)/\(provider.requests.last?.model ?? "-")"
    }

    @Test(arguments: [
        ("qwen3:8b", "ollama/qwen3:8b", "ollama/qwen3:8b"), ("ollama/qwen3:8b", "ollama/qwen3:8b", "ollama/qwen3:8b"),
        ("phi4", "ollama/phi4", "ollama/phi4"), ("other/verse", "other/verse", "other/verse"),
        // A provider that cannot be asked for its models is no reason to refuse one.
        ("away/anything", "away/anything", "away/anything"),
    ])
    func aChannelsModelAnswersItsTurns(name: String, model: String, asked: String) async throws {
        let bench = Self.bench()
        #expect(await bench.service.model(of: "a") == "ollama/llama3.2")
        #expect(try await bench.service.setModel(name, of: "a") == name)
        #expect(await bench.service.model(of: "a") == model)
        #expect(try await answering(bench) == asked)
        #expect(await bench.service.model(of: "b") == "ollama/llama3.2")
        // A reset forgets what was said, not who says it.
        _ = await bench.service.reset(channel: "a")
        #expect(try await answering(bench) == asked)
    }

    @Test(arguments: ["default", "DEFAULT", "Default"])
    func theDefaultIsBack(word: String) async throws {
        let bench = Self.bench()
        _ = try await bench.service.setModel("other/verse", of: "a")
        #expect(try await bench.service.setModel(word, of: "a") == "default")
        #expect(await bench.service.model(of: "a") == "ollama/llama3.2")
        #expect(try await answering(bench) == "ollama/-")
    }

    @Test(arguments: ["nonsense", "other/nonsense", "nobody/verse"])
    func aModelThatThereIsNot(name: String) async throws {
        let bench = Self.bench()
        let error = await #expect(throws: LLMError.self) { try await bench.service.setModel(name, of: "a") }
        #expect(error?.code == .unknownModel)
        #expect(error?.message.hasPrefix("Unknown model '") == true)
        #expect(await bench.service.model(of: "a") == "ollama/llama3.2")
    }

    @Test func theRequestsWordComesBeforeTheChannelsBeforeThePersonas() async throws {
        let bench = Self.bench()
        #expect(try await answering(bench, RequestOptions(persona: "poet")) == "other/verse")
        _ = try await bench.service.setPersona("poet", of: "a")
        #expect(await bench.service.model(of: "a") == "other/verse")
        #expect(try await answering(bench) == "other/verse")
        _ = try await bench.service.setModel("qwen3:8b", of: "a")
        #expect(try await answering(bench) == "ollama/qwen3:8b")
        #expect(try await answering(bench, RequestOptions(model: "away/m")) == "away/m")
        #expect(try await answering(bench, RequestOptions(model: "m", provider: "other")) == "other/m")
        // Another provider does not know the channel's model: its own default answers.
        #expect(try await answering(bench, RequestOptions(provider: "other")) == "other/-")
        #expect(try await answering(bench) == "ollama/qwen3:8b")
    }

    @Test func theDefaultPersonasModelIsToldAsTheOneThatAnswers() async throws {
        let bench = Self.bench(defaultPersona: "poet")
        #expect(try await answering(bench) == "other/verse")
        #expect(await bench.service.model(of: "a") == "other/verse")
    }

    @Test func anUnknownProviderIsRefusedBeforeAnythingRuns() throws {
        let bench = Self.bench()
        let error = #expect(throws: LLMError.self) { try bench.chat("x", "a", RequestOptions(provider: "nobody")) }
        #expect(error?.code == .unknownProvider)
        #expect(bench.service.load == (0, 0))
    }

    // MARK: lists

    @Test func theModelsOfAllThatCanBeAsked() async throws {
        let bench = Self.bench()
        #expect(
            try await bench.service.models() == [
                ModelListing(id: "qwen3:8b", provider: "ollama"), ModelListing(id: "phi4:latest", provider: "ollama"),
                ModelListing(id: "verse", provider: "other"),
            ])
        #expect(
            try await bench.service.models(provider: "other") == [ModelListing(id: "verse", provider: "other")])
    }

    @Test(arguments: [("away", LLMError.Code.providerUnavailable), ("nobody", .unknownProvider)])
    func oneThatIsNamedAndCannotBeAsked(name: String, code: LLMError.Code) async {
        let error = await #expect(throws: LLMError.self) { try await Self.bench().service.models(provider: name) }
        #expect(error?.code == code)
    }
}
