import LanguageModels
import Testing

@testable import LLMService

@Suite struct ModelChoiceTests {
    private static let registry = ProviderRegistry(
        [PuppetProvider("ollama", defaultModel: "llama3.2"), PuppetProvider("openrouter", defaultModel: "auto")])

    @Test(
        arguments: [
            (nil, nil, "ollama", nil),
            ("qwen3", nil, "ollama", "qwen3"),
            ("ollama/qwen3:8b", nil, "ollama", "qwen3:8b"),
            ("openrouter/qwen3", nil, "openrouter", "qwen3"),
            // OpenRouter's ids have slashes of their own.
            ("openrouter/meta-llama/llama-3-70b", nil, "openrouter", "meta-llama/llama-3-70b"),
            ("meta-llama/llama-3-70b", nil, "ollama", "meta-llama/llama-3-70b"),
            ("meta-llama/llama-3-70b", "openrouter", "openrouter", "meta-llama/llama-3-70b"),
            ("openrouter/meta-llama/llama-3-70b", "openrouter", "openrouter", "meta-llama/llama-3-70b"),
            ("openrouter/openrouter/auto", nil, "openrouter", "openrouter/auto"),
            ("ollama/qwen3", "openrouter", "openrouter", "ollama/qwen3"),
            ("hf.co/some/model:Q4", nil, "ollama", "hf.co/some/model:Q4"),
            (nil, "openrouter", "openrouter", nil),
            // Not a provider and a model.
            ("ollama/", nil, "ollama", "ollama/"),
            ("openrouter/", nil, "ollama", "openrouter/"),
            ("/qwen3", nil, "ollama", "/qwen3"),
            ("openrouter", nil, "ollama", "openrouter"),
            ("nobody/qwen3", nil, "ollama", "nobody/qwen3"),
        ] as [(String?, String?, String, String?)])
    func whoIsAskedForWhat(model: String?, provider: String?, asked: String, forModel: String?) throws {
        let choice = try ModelChoice(model: model, provider: provider, registry: Self.registry)
        #expect(choice.provider.name == asked)
        #expect(choice.model == forModel)
        #expect(choice.description == "\(asked)/\(forModel ?? choice.provider.defaultModel)")
    }

    @Test(arguments: [nil, "qwen3", "ollama/qwen3"])
    func aProviderThatThereIsNot(model: String?) {
        let error = #expect(throws: LLMError.self) {
            try ModelChoice(model: model, provider: "nobody", registry: Self.registry)
        }
        #expect(error?.code == .unknownProvider)
        #expect(error?.message == "Unknown provider 'nobody'. Available: ollama, openrouter")
        #expect(error?.isProviderFailure == false)
    }

    @Test func whatIsEchoedIsBounded() {
        let name = String(repeating: "x", count: 10_000)
        let error = #expect(throws: LLMError.self) {
            try ModelChoice(model: nil, provider: name, registry: Self.registry)
        }
        #expect(error?.message.count ?? 10_000 < 200)
    }

    @Test(arguments: [ProviderRegistry(), ProviderRegistry([PuppetProvider("ollama")], default: "nobody")])
    func whereThereIsNoDefault(registry: ProviderRegistry) {
        let error = #expect(throws: LLMError.self) { try ModelChoice(model: "m", provider: nil, registry: registry) }
        #expect(error?.code == .providerUnavailable)
    }
}
