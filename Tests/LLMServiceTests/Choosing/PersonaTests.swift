import Conversations
import LanguageModels
import Testing

@testable import LLMService

@Suite struct PersonaTests {
    private static let book = PersonaBook(adding: [
        Persona(name: "Poet", prompt: "Rhyme.", temperature: 1.5), Persona(name: "plain", prompt: "Be plain."),
    ])

    private func bench(defaultPersona: String = "default", temperature: Double = 0.7) -> Bench {
        Bench(
            settings: ServiceSettings(
                personas: Self.book, defaultPersona: defaultPersona, temperature: temperature))
    }

    private func prompt(_ bench: Bench) -> String? { bench.provider.requests.last?.messages.first?.content }

    @Test func aChannelsPersonaAnswersItsTurns() async throws {
        let bench = bench()
        #expect(await bench.service.persona(of: "a") == "default")
        #expect(try await bench.service.setPersona("POET", of: "a") == "Poet")
        #expect(await bench.service.persona(of: "a") == "Poet")
        #expect(await bench.service.persona(of: "b") == "default")
        #expect(try await bench.converse("x").persona == "Poet")
        #expect(prompt(bench)?.hasPrefix("Rhyme.\n\n") == true)
        #expect(try await bench.converse("x", "b").persona == "default")
        _ = await bench.service.reset(channel: "a")
        #expect(try await bench.converse("x").persona == "Poet")
    }

    @Test func aRequestsPersonaIsForThatRequestAlone() async throws {
        let bench = bench()
        _ = try await bench.service.setPersona("poet", of: "a")
        #expect(try await bench.converse("x", "a", RequestOptions(persona: "PLAIN")).persona == "plain")
        #expect(prompt(bench)?.hasPrefix("Be plain.\n\n") == true)
        #expect(try await bench.converse("x").persona == "Poet")
        #expect(await bench.service.persona(of: "a") == "Poet")
        // The prompt is put together anew each time: the other persona's is not in it.
        #expect(bench.provider.requests.last?.messages.count { $0.role == .system } == 1)
    }

    @Test(arguments: ["nobody", ""])
    func aPersonaThatThereIsNot(name: String) async throws {
        let bench = bench()
        let expected =
            "Unknown persona '\(name)'. Available: default, concise, technical, creative, Poet, plain"
        let refused = #expect(throws: LLMError.self) { try bench.chat("x", "a", RequestOptions(persona: name)) }
        #expect(refused?.code == .unknownPersona)
        #expect(refused?.message == expected)
        let error = await #expect(throws: LLMError.self) { try await bench.service.setPersona(name, of: "a") }
        #expect(error?.message == expected)
        #expect(await bench.service.persona(of: "a") == "default")
        #expect(bench.service.load == (0, 0))
    }

    @Test func theServicesDefaultIsTheOneConfigured() async throws {
        let bench = bench(defaultPersona: "plain")
        #expect(await bench.service.persona(of: "a") == "plain")
        #expect(try await bench.converse("x").persona == "plain")
    }

    @Test func aPersonaThatWasStoredAndIsGoneGivesWayToTheDefault() async throws {
        let bench = bench()
        _ = await bench.service.stores.conversations.change("a", .choosePersona("long gone"))
        #expect(await bench.service.persona(of: "a") == "default")
        #expect(try await bench.converse("x").persona == "default")
    }

    @Test func aPersonaChosenWhileAChatWaitsIsTheOneThatAnswersIt() async throws {
        let bench = bench()
        let (first, second) = (try bench.chat("1"), try bench.chat("2"))
        let call = try await bench.provider.next()
        _ = try await bench.service.setPersona("plain", of: "a")
        call.answer("x")
        try await bench.provider.next().answer("y")
        #expect(try await first.outcome().get().persona == "default")
        #expect(try await second.outcome().get().persona == "plain")
    }

    // MARK: temperature

    @Test(
        arguments: [
            (nil, "plain", 0.7), (nil, "poet", 1.5), (0.2, "plain", 0.2), (0.2, "poet", 0.2), (0, "poet", 0),
            (nil, nil, 0.7), (2, nil, 2),
        ] as [(Double?, String?, Double)])
    func temperatures(asked: Double?, persona: String?, expected: Double) async throws {
        let bench = bench()
        let options = RequestOptions(temperature: asked, persona: persona)
        try await bench.converse("x", "a", options)
        let completion = try bench.start(.complete(.text("x", system: nil)), options)
        try await bench.provider.next().answer("y")
        #expect(try await completion.told() == "y")
        #expect(bench.provider.requests.map(\.temperature) == [expected, expected])
    }
}
