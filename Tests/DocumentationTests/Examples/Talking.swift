import LLMService
import LanguageModels

/// Two turns of one conversation.
func talk(to provider: some Provider) async throws(LLMError) -> String {
    let service = LLMService(provider: provider)
    let hello = try await service.chat("Hello!", channel: "main", username: "alice")
    print("\(hello.provider)/\(hello.model): \(hello.content)")

    // A request of its own: another temperature, twenty seconds at most, and the pieces as they come.
    let options = RequestOptions(temperature: 0.2, timeout: .seconds(20))
    let answer = try await service.chat("I feel sad today.", channel: "main", username: "alice", options: options) {
        print("piece: \($0)")
    }
    return answer.content
}
