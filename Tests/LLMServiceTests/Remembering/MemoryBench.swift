import Conversations
import CoreTestSupport
import LanguageModels

@testable import LLMService

extension ServiceSettings {
    /// Settings with these of memory.
    static func remembering(_ memory: MemorySettings) -> ServiceSettings {
        var settings = ServiceSettings()
        settings.memory = memory
        return settings
    }
}

extension Bench {
    /// What a channel remembers.
    func book(_ channel: String = "a") async -> MemoryBook { await service.stores.memories.value(channel) }

    /// Has something remembered.
    @discardableResult
    func remember(
        _ text: String, _ channel: String = "a", author: String? = "alice", importance: Int = 1
    ) async throws -> Memory {
        try await service.remember(text, channel: channel, author: author, importance: importance)
    }

    /// What recall says, or its error in short.
    func recall(_ query: String, _ channel: String = "a", author: String? = nil, limit: Int = 5) async -> String {
        do throws(LLMError) {
            return try await service.recall(query, channel: channel, author: author, limit: limit).map(\.text)
                .joined(separator: " | ")
        } catch {
            return "\(error.code): \(error.message)"
        }
    }

    /// What forget says, or its error in short.
    func forget(_ id: String, _ channel: String = "a", by author: String? = "alice", isAdmin: Bool = false) async
        -> String
    {
        do throws(LLMError) {
            return try await service.forget(id, channel: channel, by: author, isAdmin: isAdmin).text
        } catch {
            return "\(error.code): \(error.message)"
        }
    }

    /// The system prompt of the last question.
    var system: String { provider.requests.last?.messages.first?.content ?? "" }

    /// The lines in it that tell what is remembered.
    var facts: [String] {
        guard let part = system.split(separator: "\n\nRemembered facts.").dropFirst().first else { return [] }
        return part.split(separator: "\n").dropFirst().map(String.init)
    }
}

/// What was told of memory, in short.
func memoryEvents(of service: LLMService) -> Recorder<String> {
    let recorder = Recorder<String>()
    service.events.subscribe { event in
        guard case .memory(let action, let channel, let user, let count) = event else { return }
        recorder.append("\(channel) \(action) \(user ?? "-") \(count)")
    }
    return recorder
}
