import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite("A summary on request")
struct SummarizeTests {
    @Test(
        "is asked for in one of three styles",
        arguments: [
            (SummaryStyle.concise, "Summarize in 50 words or less:\n\nmuch text"),
            (.detailed, "Provide a detailed summary:\n\nmuch text"),
            (.bullets, "Summarize as bullet points:\n\nmuch text"),
        ])
    func styles(style: SummaryStyle, prompt: String) async throws {
        let bench = Bench(PuppetProvider { _ in .success(Completion("little", model: "oak")) })
        let answer = try await bench.service.summarize("much text", maxWords: 50, style: style)
        #expect(answer.content == "little")
        #expect(answer.context == nil)
        #expect(answer.persona == nil)
        let request = try #require(bench.provider.requests.first)
        #expect(request.input == .text(prompt, system: nil))
        #expect(request.temperature == 0.3)
    }

    @Test("is made as is asked for")
    func options() async throws {
        let bench = Bench(PuppetProvider { _ in .success(Completion("little", model: "oak")) })
        let options = RequestOptions(model: "elm", temperature: 1, maxTokens: 5, persona: "concise")
        let answer = try await bench.service.summarize("much text", options: options)
        #expect(answer.persona == "concise")
        let request = try #require(bench.provider.requests.first)
        #expect((request.model, request.temperature, request.maxTokens) == ("elm", 1, 5))
        #expect(request.messages.map(\.role) == [.system, .user])
    }

    @Test("of nothing is refused")
    func blank() async throws {
        let service = Bench().service
        let error = await #expect(throws: LLMError.self) { try await service.summarize(" \n") }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == "text: expected a non-empty string, got a blank one")
    }
}
