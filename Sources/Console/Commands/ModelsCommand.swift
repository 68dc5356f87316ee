import Configuration
import HTTPTransport
import LanguageModels

/// `rosey-llm models`: what the configured providers offer.
struct ModelsCommand {
    let provider: String?
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        let client = HTTPClient(maxConnections: 8)
        let registry = ProviderRegistry(configuration, client: client)
        var found = 0
        for candidate in registry.list() where provider == nil || provider == candidate.name {
            do throws(ProviderError) {
                let models = try await candidate.models()
                found += models.count
                for model in models { terminal.say("\(candidate.name)/\(terminal.safe(model))") }
            } catch {
                terminal.complain("\(candidate.name): \(error.description)")
            }
        }
        await client.shutDown()
        if found == 0 { throw CommandFailure(.unavailable, "No provider lists a model; see: rosey-llm check") }
    }
}
