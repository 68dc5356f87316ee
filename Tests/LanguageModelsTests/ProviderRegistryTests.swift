import LanguageModels
import Testing

@Suite("The registry of providers")
struct ProviderRegistryTests {
    @Test("finds providers by name and keeps their order")
    func order() {
        let registry = ProviderRegistry([ScriptedProvider(name: "a"), OllamaProvider(name: "b")])
        registry.register(OpenAIProvider(name: "c"))
        registry.register(OllamaProvider(name: "a", defaultModel: "new"))
        #expect(registry.list().map(\.name) == ["a", "b", "c"])
        #expect(registry.get("a")?.defaultModel == "new")
        #expect(registry.get("A") == nil)
    }

    @Test("has a default: the first, or the one that is named")
    func defaults() {
        #expect(ProviderRegistry().defaultProvider == nil)
        let providers: [any Provider] = [ScriptedProvider(name: "a"), ScriptedProvider(name: "b")]
        #expect(ProviderRegistry(providers).defaultProvider?.name == "a")
        #expect(ProviderRegistry(providers, default: "b").defaultProvider?.name == "b")
        #expect(ProviderRegistry(providers, default: "x").defaultProvider == nil)
    }
}
