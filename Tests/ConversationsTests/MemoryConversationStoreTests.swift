import Conversations
import CoreTestSupport
import Testing

@Suite struct MemoryConversationStoreTests {
    private func store(maxChannels: Int = 100, turns: Int = 100) -> MemoryConversationStore {
        MemoryConversationStore(maxChannels: maxChannels, bounds: ConversationBounds(turns: turns))
    }

    /// Asks and stores, with nothing in between.
    private func converse(_ store: MemoryConversationStore, _ channel: String, _ number: Int) async {
        let epoch = await store.conversation(channel).epoch
        _ = await store.store(turn(number), in: channel, epoch: epoch, replacingLast: false)
    }

    // MARK: channels

    @Test func whatNobodyTalkedInIsEmptyAndTakesNoRoom() async {
        let store = store()
        #expect(await store.conversation("a") == Conversation())
        #expect(store.count == 0)
    }

    @Test func channelsKnowNothingOfEachOther() async {
        let store = store()
        await converse(store, "a", 1)
        await converse(store, "b", 2)
        await converse(store, "a", 3)
        await store.setPersona("concise", in: "a")
        await store.setModel("m", in: "b")
        #expect(await store.conversation("a").turns == turns([1, 3]))
        #expect(await store.conversation("b").turns == turns([2]))
        #expect(await store.conversation("a").persona == "concise")
        #expect(await store.conversation("b").persona == nil)
        #expect(await store.conversation("a").model == nil)
        #expect(await store.conversation("b").model == "m")
        #expect(await store.reset("a") == 4)
        #expect(await store.conversation("b").turns == turns([2]))
        #expect(store.count == 2)
    }

    @Test func turnsDoNotOutliveTheProcess() async {
        #expect(await store().store(turn(1), in: "a", epoch: 0, replacingLast: false) == false)
    }

    @Test func itKeepsToItsBounds() async {
        let store = store(turns: 2)
        for number in 0..<5 { await converse(store, "a", number) }
        #expect(await store.conversation("a").turns == turns([3, 4]))
        #expect(await store.conversation("a").departed == 6)
    }

    @Test func theModelCanBeTakenBack() async {
        let store = store()
        await store.setModel("m", in: "a")
        await store.setModel(nil, in: "a")
        #expect(await store.conversation("a").model == nil)
    }

    @Test func theLastTurnIsReplaced() async {
        let store = store()
        await converse(store, "a", 1)
        await converse(store, "a", 2)
        _ = await store.store(turn(3), in: "a", epoch: 0, replacingLast: true)
        #expect(await store.conversation("a").turns == turns([1, 3]))
    }

    // MARK: the least recently used leaves

    @Test func theLeastRecentlyUsedConversationLeaves() async {
        let store = store(maxChannels: 2)
        await converse(store, "a", 1)
        await converse(store, "b", 2)
        _ = await store.conversation("a")
        await converse(store, "c", 3)
        #expect(store.count == 2)
        #expect(await store.conversation("b").turns == [])
        #expect(await store.conversation("a").turns == turns([1]))
        #expect(await store.conversation("c").turns == turns([3]))
    }

    @Test func lookingAtAChannelNobodyTalkedInPushesNobodyOut() async {
        let store = store(maxChannels: 1)
        await converse(store, "a", 1)
        for number in 0..<10 { _ = await store.conversation("stranger \(number)") }
        #expect(await store.conversation("a").turns == turns([1]))
    }

    @Test func aTurnWhoseConversationLeftWhileItWasUnderWayIsStored() async {
        let store = store(maxChannels: 1)
        _ = await store.reset("a")
        let epoch = await store.conversation("a").epoch
        await converse(store, "b", 1)
        _ = await store.store(turn(2), in: "a", epoch: epoch, replacingLast: false)
        #expect(await store.conversation("a").turns == turns([2]))
        await converse(store, "a", 3)
        #expect(await store.conversation("a").turns == turns([2, 3]))
    }

    @Test func aRetryWhoseConversationLeftWhileItWasUnderWayIsStored() async {
        let store = store(maxChannels: 1)
        await converse(store, "a", 1)
        await converse(store, "b", 1)
        _ = await store.store(turn(2), in: "a", epoch: 0, replacingLast: true)
        #expect(await store.conversation("a").turns == turns([2]))
    }

    @Test func aConversationThatLeftAndWasBegunAnewTakesTheTurnThatWasUnderWay() async {
        let store = store(maxChannels: 1)
        _ = await store.reset("a")
        let epoch = await store.conversation("a").epoch
        await converse(store, "b", 1)
        // Begun anew, with no reset since the question was asked.
        await store.setPersona("concise", in: "a")
        _ = await store.store(turn(2), in: "a", epoch: epoch, replacingLast: false)
        #expect(await store.conversation("a").turns == turns([2]))
        #expect(await store.conversation("a").persona == "concise")
    }

    // MARK: resets

    @Test(arguments: [false, true])
    func whatWasAskedBeforeAResetDoesNotComeBack(replacingLast: Bool) async {
        let store = store()
        await converse(store, "a", 1)
        let epoch = await store.conversation("a").epoch
        #expect(await store.reset("a") == 2)
        _ = await store.store(turn(2), in: "a", epoch: epoch, replacingLast: replacingLast)
        #expect(await store.conversation("a").turns == [])
        await converse(store, "a", 3)
        _ = await store.store(turn(4), in: "a", epoch: epoch, replacingLast: replacingLast)
        #expect(await store.conversation("a").turns == turns([3]))
    }

    @Test func aResetOfAnEmptyConversationCountsToo() async {
        let store = store()
        #expect(await store.reset("a") == 0)
        _ = await store.store(turn(1), in: "a", epoch: 0, replacingLast: false)
        #expect(await store.conversation("a").turns == [])
    }

    @Test func aResetAfterTheConversationHadLeftCountsToo() async {
        let store = store(maxChannels: 1)
        for _ in 0..<3 { _ = await store.reset("a") }
        for resets in 1...4 {
            let epoch = await store.conversation("a").epoch
            await converse(store, "b", 1)
            for _ in 0..<resets { _ = await store.reset("a") }
            _ = await store.store(turn(2), in: "a", epoch: epoch, replacingLast: false)
            #expect(await store.conversation("a").turns == [], "after \(resets) resets")
        }
    }

    // MARK: many at once

    @Test func manyAtOnceLoseNothing() async throws {
        let store = store()
        try await within {
            await withTaskGroup(of: Void.self) { group in
                for channel in 0..<20 {
                    for number in 0..<50 {
                        group.addTask {
                            _ = await store.store(turn(number), in: "\(channel)", epoch: 0, replacingLast: false)
                        }
                    }
                }
            }
        }
        for channel in 0..<20 {
            let questions = await store.conversation("\(channel)").turns.map(\.question)
            #expect(Set(questions) == Set((0..<50).map { "question \($0)" }))
            #expect(questions.count == 50)
        }
    }
}
