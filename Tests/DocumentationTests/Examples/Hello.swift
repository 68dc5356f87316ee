import LLMService
import LanguageModels

func hello() async throws -> String {
    let service = LLMService(provider: ScriptedProvider())
    return try await service.chat("Hello!", channel: "main", username: "alice").content
}
