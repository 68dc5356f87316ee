import HTTPTransport
import ServiceRuntime
import Testing

@testable import LanguageModels

@Suite("A provider's door")
struct ProviderEndpointTests {
    private func endpoint(_ base: String, key: String? = nil) -> ProviderEndpoint {
        ProviderEndpoint(
            name: "p", base: base, timeouts: HTTPTimeouts(), keys: key.map { [Secret($0)] } ?? [], client: .shared)
    }

    @Test(
        "is found however it is written",
        arguments: [
            ("https://api.openai.com/v1/", "https://api.openai.com/v1", "api.openai.com"),
            (" https://API.OpenAI.com:443//\n", "https://API.OpenAI.com:443", "api.openai.com"),
            ("localhost:11434", "http://localhost:11434", "localhost"),
            ("http://u:p@10.0.0.1:8080/v1?x#y", "http://u:p@10.0.0.1:8080/v1?x#y", "10.0.0.1"),
            (
                "https://api.openai.com.evil.example/v1", "https://api.openai.com.evil.example/v1",
                "api.openai.com.evil.example"
            ),
        ])
    func address(base: String, normalized: String, host: String) {
        #expect(endpoint(base).base == normalized)
        #expect(endpoint(base).host == host)
    }

    @Test("has a key or none", arguments: [(nil, false), ("", false), (" \n", false), ("k\n", true)])
    func key(key: String?, has: Bool) {
        #expect(endpoint("x", key: key).hasKey == has)
    }

    @Test("shows its key to nobody")
    func redacted() {
        var text = ""
        dump(endpoint("x", key: "key-17"), to: &text)
        dump(OpenAIProvider(apiKey: "key-17"), to: &text)
        dump(OpenRouterProvider(apiKey: "key-17"), to: &text)
        dump(endpoint("x", key: "key-17").path(.get, "/models"), to: &text)
        text += "\(endpoint("x", key: "key-17").path(.get, "/models"))"
        #expect(!text.contains("key-17"))
    }

    @Test("is no door without a key, where one is needed")
    func unavailable() async {
        #expect(await !OpenAIProvider(apiKey: nil).isAvailable())
        #expect(await !OpenRouterProvider(apiKey: "").isAvailable())
    }
}
