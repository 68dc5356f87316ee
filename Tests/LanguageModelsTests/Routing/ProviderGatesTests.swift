import HTTPTransport
import ServiceRuntime
import Testing

@testable import LanguageModels

@Suite("The gates before providers, when the configuration is read again")
struct ProviderGatesTests {
    @Test("are new for a provider with another key, and stay for one that is the same")
    func reload() throws {
        var settings = ProviderSettings(.openai)
        settings.apiKeys = [Secret("old")]
        let registry = ProviderRegistry()
        registry.update([settings], default: "openai", fallback: []) { $0.provider(on: .shared) }
        let gates = ProviderGates(registry, breaker: BreakerSettings())
        let now = ContinuousClock.now
        let permit = try gates["openai"].admit(now: now)
        let refused = ProviderError(.authentication, "no")
        _ = gates["openai"].failed(permit, refused, started: now, now: now, deadline: now + .seconds(60))
        for (key, isRefused) in [("old", true), ("new", false)] {
            settings.apiKeys = [Secret(key)]
            registry.update([settings], default: "openai", fallback: []) { $0.provider(on: .shared) }
            gates.update()
            #expect((try? gates["openai"].admit(now: now)) == nil ? isRefused : !isRefused)
        }
    }
}
