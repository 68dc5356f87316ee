import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

/// Documents that have to be read each time, as those that are not in memory; and what was noted of them.
private struct DistantDocuments<Value: Document>: DocumentStore {
    let documents = MemoryDocuments<Value>()
    let noted = Recorder<Value.Change>()

    func value(_ key: String) async -> Value { await documents.value(key) }

    func begin(_ key: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome> {
        documents.begin(key, change)
    }

    func note(_ key: String, _ change: Value.Change) {
        noted.append(change)
        documents.note(key, change)
    }
}

@Suite("The first look at a channel") struct FirstLookTests {
    private let provider = PuppetProvider { _ in .success(Completion("yes", model: "wood")) }
    private let time = ManualTime()

    private func service(
        _ conversations: any DocumentStore<Conversation>, _ memories: any DocumentStore<MemoryBook>
    ) -> LLMService {
        LLMService(
            registry: ProviderRegistry([provider]),
            stores: ServiceStores(conversations: conversations, memories: memories), time: time)
    }

    @Test(arguments: [false, true]) func whatIsKeptElsewhereIsInThePrompt(isConversationInMemory: Bool) async throws {
        let conversations: any DocumentStore<Conversation> =
            isConversationInMemory ? MemoryDocuments() : DistantDocuments()
        let service = service(conversations, DistantDocuments())
        _ = try await service.remember("The cat is called Tom", channel: "a", author: "alice")
        _ = try await service.chat("one", channel: "a")
        _ = try await service.chat("What is the cat called?", channel: "a")
        let messages = try #require(provider.requests.last?.messages)
        #expect(messages.map(\.content).dropFirst() == ["one", "yes", "What is the cat called?"])
        #expect(messages.first?.content.contains("Tom") == true)
    }

    /// A bucket forgets after a time what nobody writes.
    @Test func whatWasChosenIsWrittenAnewOnceADay() async throws {
        let conversations = DistantDocuments<Conversation>()
        let service = service(conversations, MemoryDocuments())
        _ = try await service.chat("one", channel: "a")
        #expect(conversations.noted.all.isEmpty)
        _ = try await service.setPersona("concise", of: "a")
        for (seconds, count) in [(0, 1), (86_399, 1), (1, 2), (0, 2)] {
            time.advance(by: .seconds(seconds))
            _ = try await service.chat("again", channel: "a")
            #expect(conversations.noted.all.count == count)
        }
    }
}
