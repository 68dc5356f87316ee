import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Settings
import Testing

@testable import LLMService

@Suite("Remembering") struct RememberTests {
    @Test("keeps what is said, finds it, and forgets it")
    func whole() async throws {
        let bench = Bench()
        let events = memoryEvents(of: bench.service)
        let tea = try await bench.remember(" Alice likes\ntea ", importance: 4)
        try await bench.remember("Bob likes coffee", author: "bob")
        #expect(tea.text == "Alice likes tea")
        #expect(tea.importance == 4 && tea.author == "alice" && tea.category == .fact)
        #expect(tea.created == bench.time.timestamp)
        #expect(await bench.book()[tea.id] == tea)
        #expect(await bench.recall("tea") == "Alice likes tea")
        #expect(await bench.recall("milk") == "")
        #expect(await bench.forget(" \(tea.id.uppercased()) ") == "Alice likes tea")
        #expect(await bench.recall("tea") == "")
        #expect(await bench.book().memories.count == 1)
        #expect(
            events.all == [
                "a add alice 1", "a add bob 1", "a recall - 1", "a recall - 0", "a forget alice 1", "a recall - 0",
            ])
        #expect(bench.provider.requests.isEmpty)
    }

    @Test("remembers the same once, and says which")
    func twice() async throws {
        let bench = Bench()
        let first = try await bench.remember("Alice likes tea")
        bench.time.advance(by: .seconds(60))
        let again = try await bench.remember("ALICE  likes tea", author: "bob", importance: 3)
        #expect((again.id, again.text, again.author) == (first.id, "Alice likes tea", "alice"))
        #expect(await bench.book().memories.map(\.importance) == [3])
    }

    @Test("is each channel's own")
    func channels() async throws {
        let bench = Bench()
        let secret = try await bench.remember("the password is tea123", "secret")
        try await bench.remember("the password is public", "room")
        #expect(await bench.recall("password", "room") == "the password is public")
        #expect(await bench.recall("password", "other") == "")
        #expect(await bench.forget(secret.id, "room") == "not_found: Memory not found: \(secret.id)")
        #expect(await bench.recall("password", "secret") == "the password is tea123")
    }

    @Test("survives a reset of the conversation")
    func reset() async throws {
        let bench = Bench()
        try await bench.remember("Alice likes tea")
        try await bench.converse("hello")
        #expect(await bench.service.reset(channel: "a") == 2)
        #expect(await bench.recall("tea") == "Alice likes tea")
    }

    @Test("keeps so many of a channel")
    func most() async throws {
        let bench = Bench(settings: .remembering(MemorySettings().with { $0.maxPerChannel = 3 }))
        for number in 0..<5 {
            try await bench.remember("fact number \(number)")
            bench.time.advance(by: .seconds(1))
        }
        #expect(await bench.book().memories.map(\.text) == ["fact number 2", "fact number 3", "fact number 4"])
    }

    @Test("finds one person's, and no more than are wanted")
    func selection() async throws {
        let bench = Bench()
        for number in 0..<8 { try await bench.remember("tea number \(number)", author: number < 2 ? "bob" : "alice") }
        #expect(await bench.recall("tea").split(separator: "|").count == 5)
        #expect(await bench.recall("tea", limit: 100).split(separator: "|").count == 8)
        #expect(await bench.recall("tea", author: "bob").split(separator: "|").count == 2)
        #expect(await bench.recall("tea", author: "carol") == "")
    }

    @Test("lets only the author and admins forget, and says who")
    func permission() async throws {
        let bench = Bench()
        let hers = try await bench.remember("one").id
        let nobodys = try await bench.remember("two", author: nil).id
        let refusal = "forbidden: Only alice or an admin may forget this memory"
        #expect(await bench.forget(hers, by: "bob") == refusal)
        #expect(await bench.forget(hers, by: nil) == refusal)
        #expect(await bench.forget(nobodys) == "forbidden: Only an admin may forget this memory")
        #expect(await bench.forget(hers, by: "bob", isAdmin: true) == "one")
        #expect(await bench.forget(nobodys, by: nil, isAdmin: true) == "two")
        #expect(await bench.forget(hers) == "not_found: Memory not found: \(hers)")
        #expect(await bench.forget("a\nb\u{0}") == "not_found: Memory not found: ab")
    }

    @Test("says what is wrong with what cannot be remembered or looked for")
    func faults() async throws {
        let bench = Bench()
        func fault(_ body: () async throws(LLMError) -> Void) async -> String {
            do throws(LLMError) { try await body() } catch { return "\(error.code): \(error.message)" }
            return "none"
        }
        let long = String(repeating: "é", count: 501)
        for text in ["", " \n", "\u{0}"] {
            #expect(
                await fault { () async throws(LLMError) in _ = try await bench.service.remember(text, channel: "a") }
                    == "invalid_request: message: expected a non-empty string, got a blank one")
        }
        #expect(
            await fault { () async throws(LLMError) in _ = try await bench.service.remember(long, channel: "a") }
                == "too_large: A memory may have 1000 bytes at most, this one has 1002")
        #expect(
            await fault { () async throws(LLMError) in _ = try await bench.service.remember("x", channel: "") }
                == "invalid_request: channel_id: expected a non-empty string, got a blank one")
        #expect(
            await fault { () async throws(LLMError) in
                _ = try await bench.service.remember("x", channel: "a", importance: 6)
            } == "invalid_request: importance: expected a whole number from 1 to 5, got 6")
        #expect(await bench.recall(long) == "too_large: query: expected at most 1000 bytes, got 1002")
        #expect(await bench.recall(" ") == "invalid_request: query: expected a non-empty string, got a blank one")
        #expect(
            await bench.recall("x", limit: 0) == "invalid_request: limit: expected a whole number from 1 to 100, got 0")
        #expect(await bench.book().memories.isEmpty)
    }

    @Test("does nothing of all this where it is turned off")
    func off() async throws {
        let bench = Bench(settings: .remembering(MemorySettings().with { $0.isEnabled = false }))
        let told = "invalid_request: Remembering is turned off here"
        await #expect(throws: LLMError.self) { try await bench.remember("x") }
        #expect(await bench.recall("x") == told)
        #expect(await bench.forget("x") == told)
    }

    @Test("of many at once loses nothing")
    func concurrent() async throws {
        let bench = Bench()
        try await within {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<100 { group.addTask { _ = try? await bench.remember("fact \(number)") } }
            }
        }
        #expect(Set(await bench.book().memories.map(\.text)) == Set((0..<100).map { "fact \($0)" }))
    }
}
