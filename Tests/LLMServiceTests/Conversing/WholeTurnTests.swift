import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

/// A turn enters the conversation whole, or not at all.
@Suite struct WholeTurnTests {
    @Test func afterAFailureTheConversationIsAsItWas() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let before = await bench.service.stores.conversations.value("a")
        let pending = try bench.chat("two")
        try await bench.provider.next().fail(ProviderError(.unavailable, "the provider is away"))
        #expect(try await pending.told() == "provider_unavailable: the provider is away")
        #expect(await bench.service.stores.conversations.value("a") == before)
        try await bench.converse("three")
        #expect(bench.provider.requests.last?.messages.map(\.content).dropFirst() == ["one", "re: one", "three"])
    }

    /// A store that cannot be read, and takes changes all the same: one that is away.
    private struct UnreadableStore: DocumentStore {
        let documents = MemoryDocuments<Conversation>()

        func value(_ key: String) async -> Conversation { Conversation() }

        func begin(_ key: String, _ change: ConversationChange) -> @Sendable () async -> Changed<Int> {
            documents.begin(key, change)
        }

        func note(_ key: String, _ change: ConversationChange) { documents.note(key, change) }
    }

    @Test func aTurnIsKeptThoughTheResetBeforeItCouldNotBeRead() async throws {
        let store = UnreadableStore()
        let provider = PuppetProvider { _ in .success(Completion("yes", model: "wood")) }
        let time = ManualTime()
        let service = LLMService(
            registry: ProviderRegistry([provider]), stores: ServiceStores(conversations: store), time: time)
        _ = await store.documents.change("a", .reset(time.timestamp.milliseconds - 1000))
        _ = try await service.chat("one", channel: "a")
        #expect(await store.documents.value("a").turns.map(\.question) == ["one"])
    }

    @Test(arguments: [false, true])
    func afterACancelTheConversationIsAsItWas(isStubborn: Bool) async throws {
        let bench = Bench(PuppetProvider(isStubborn: isStubborn))
        try await bench.converse("one")
        let pending = try bench.chat("two")
        let call = try await bench.provider.next()
        #expect(bench.service.cancel(channel: "a") == 1)
        // A provider that does not listen answers all the same: too late.
        if isStubborn { call.answer("too late") }
        #expect(try await pending.told() == Told.cancelled)
        #expect(await bench.turns() == ["one | re: one"])
        try await bench.converse("three")
        #expect(await bench.turns() == ["one | re: one", "three | re: three"])
    }

    @Test(arguments: [false, true])
    func afterADeadlineTheConversationIsAsItWas(isStubborn: Bool) async throws {
        let bench = Bench(PuppetProvider(isStubborn: isStubborn))
        try await bench.converse("one")
        let pending = try bench.chat("two", "a", RequestOptions(timeout: .seconds(30)))
        let call = try await bench.provider.next()
        bench.time.advance(by: .seconds(30))
        if isStubborn { call.answer("too late") }
        #expect(try await pending.told() == Told.lateRunning("30 s"))
        #expect(await bench.turns() == ["one | re: one"])
    }

    @Test func theTurnIsThereBeforeTheAnswerIsHandedOver() async throws {
        let bench = Bench()
        let work = Work.chat(message: "one", channel: "a", username: "alice")
        let seen = TurnsSeen()
        let pending = Pending(
            try bench.service.submit(work, options: RequestOptions()), onDelivery: { await seen.set(bench.turns()) })
        try await bench.provider.next().answer("1")
        #expect(try await pending.told() == "1")
        #expect(await seen.turns == ["one | 1"])
    }

    private actor TurnsSeen {
        var turns: [String] = []
        func set(_ turns: [String]) { self.turns = turns }
    }

    // MARK: resets

    @Test func aResetWhileAChatRunsTheAnswerComesAndTheTurnDoesNot() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let pending = try bench.chat("two")
        let call = try await bench.provider.next()
        #expect(await bench.service.reset(channel: "a") == 2)
        call.answer("an answer")
        #expect(try await pending.told() == "an answer")
        #expect(await bench.turns() == [])
        try await bench.converse("three")
        #expect(bench.provider.requests.last?.messages.map(\.content).dropFirst() == ["three"])
        #expect(await bench.turns() == ["three | re: three"])
    }

    @Test func whatWaitsDuringAResetIsAskedAfterItAndKept() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let (running, waiting) = (try bench.chat("two"), try bench.chat("three"))
        let call = try await bench.provider.next()
        #expect(await bench.service.reset(channel: "a") == 2)
        call.answer("2")
        let next = try await bench.provider.next()
        #expect(next.request.messages.map(\.content).dropFirst() == ["three"])
        next.answer("3")
        #expect(try await running.told() == "2")
        #expect(try await waiting.told() == "3")
        #expect(await bench.turns() == ["three | 3"])
    }

    @Test func resettingNothingIsNothing() async {
        #expect(await Bench().service.reset(channel: "nowhere") == 0)
    }

    // MARK: retries

    @Test func aRetryReplacesTheLastTurn() async throws {
        let bench = Bench()
        try await bench.converse("one")
        try await bench.converse("two")
        let pending = try bench.start(.retry(channel: "a"))
        let call = try await bench.provider.next()
        #expect(call.request.messages.dropFirst().map(\.text) == ["alice: one", "re: one", "alice: two"])
        #expect(await bench.turns() == ["one | re: one", "two | re: two"])
        call.answer("better")
        #expect(try await pending.told() == "better")
        #expect(await bench.turns() == ["one | re: one", "two | better"])
    }

    @Test func aRetryThatFailsLeavesTheAnswerThatWas() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let failing = try bench.start(.retry(channel: "a"))
        try await bench.provider.next().fail(ProviderError(.timeout, "too slow"))
        #expect(try await failing.told() == "timeout: too slow")
        let stopped = try bench.start(.retry(channel: "a"))
        _ = try await bench.provider.next()
        #expect(bench.service.cancel(channel: "a") == 1)
        #expect(try await stopped.told() == Told.cancelled)
        #expect(await bench.turns() == ["one | re: one"])
    }

    @Test func whereThereIsNothingToRetryItSaysSo() async throws {
        let bench = Bench()
        let pending = try bench.start(.retry(channel: "a"))
        #expect(try await pending.told() == "not_found: There is no answer to try again yet")
        #expect(bench.provider.requests.isEmpty)
        #expect(bench.service.load == (0, 0))
    }

    @Test func aRetryWaitsForTheTurnBeforeIt() async throws {
        let bench = Bench()
        let chat = try bench.chat("one")
        let retry = try bench.start(.retry(channel: "a"))
        try await bench.provider.next().answer("first")
        let call = try await bench.provider.next()
        #expect(call.question == "one")
        call.answer("second")
        #expect(try await chat.told() == "first")
        #expect(try await retry.told() == "second")
        #expect(await bench.turns() == ["one | second"])
    }

    @Test func aResetWhileARetryRuns() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let pending = try bench.start(.retry(channel: "a"))
        let call = try await bench.provider.next()
        #expect(await bench.service.reset(channel: "a") == 2)
        call.answer("better")
        #expect(try await pending.told() == "better")
        #expect(await bench.turns() == [])
    }

    @Test func aConversationThatLeavesMemoryWhileItsTurnRunsKeepsThatTurn() async throws {
        let bench = Bench(settings: ServiceSettings(maxChannels: 1))
        try await bench.converse("one")
        let pending = try bench.chat("two")
        let call = try await bench.provider.next()
        try await bench.converse("elsewhere", "b")
        call.answer("2")
        #expect(try await pending.told() == "2")
        #expect(await bench.turns() == ["two | 2"])
    }
}
