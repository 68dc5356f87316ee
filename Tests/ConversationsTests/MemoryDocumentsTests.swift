import Conversations
import CoreTestSupport
import Testing

@Suite struct MemoryDocumentsTests {
    private func add(_ number: Int, epoch: Conversation.Epoch = 0) -> ConversationChange {
        .add(turn(number), replacing: nil, epoch: epoch, bounds: ConversationBounds(turns: 100))
    }

    @Test func whatNobodyChangedIsEmptyAndTakesNoRoom() async {
        let store = MemoryDocuments<Conversation>()
        #expect(await store.value("a") == Conversation())
        #expect(store.count == 0)
    }

    @Test func keysKnowNothingOfEachOther() async {
        let store = MemoryDocuments<Conversation>()
        _ = await store.change("a", add(1))
        _ = await store.change("b", add(2))
        store.note("a", add(3))
        _ = await store.change("a", .choosePersona("concise"))
        #expect(await store.value("a").turns == turns([1, 3]))
        #expect(await store.value("b").turns == turns([2]))
        #expect(await store.value("b").persona == nil)
        #expect(await store.change("a", .reset(1)).outcome == 4)
        #expect(await store.value("b").turns == turns([2]))
        #expect(store.count == 2)
    }

    @Test func whatIsBegunIsSeenAtOnce() async {
        let store = MemoryDocuments<Conversation>()
        let wait = store.begin("a", add(1))
        #expect(await store.value("a").turns == turns([1]))
        #expect(await wait().isPersisted == false)
    }

    @Test func nothingOutlivesTheProcess() async {
        #expect(await MemoryDocuments<Conversation>().change("a", add(1)).isPersisted == false)
    }

    @Test func theLeastRecentlyUsedLeaves() async {
        let store = MemoryDocuments<Conversation>(capacity: 2)
        _ = await store.change("a", add(1))
        _ = await store.change("b", add(2))
        _ = await store.value("a")
        _ = await store.change("c", add(3))
        #expect(store.count == 2)
        #expect(await store.value("b").turns == [])
        #expect(await store.value("a").turns == turns([1]))
        #expect(await store.value("c").turns == turns([3]))
    }

    @Test func lookingAtWhatIsNotThereLetsNothingLeave() async {
        let store = MemoryDocuments<Conversation>(capacity: 1)
        _ = await store.change("a", add(1))
        for number in 0..<10 { _ = await store.value("stranger \(number)") }
        #expect(await store.value("a").turns == turns([1]))
    }

    @Test func aTurnWhoseConversationLeftWhileItWasUnderWayIsStored() async {
        let store = MemoryDocuments<Conversation>(capacity: 1)
        _ = await store.change("a", .reset(5))
        _ = await store.change("b", add(1))
        // Begun anew, with no reset since the question was asked.
        _ = await store.change("a", .choosePersona("concise"))
        _ = await store.change("a", add(2, epoch: 5))
        #expect(await store.value("a").turns == turns([2]))
    }

    @Test func manyAtOnceLoseNothing() async throws {
        let store = MemoryDocuments<Conversation>()
        try await within {
            await withTaskGroup(of: Void.self) { group in
                for channel in 0..<20 {
                    for number in 0..<50 { group.addTask { _ = await store.change("\(channel)", add(number)) } }
                }
            }
        }
        for channel in 0..<20 {
            let questions = await store.value("\(channel)").turns.map(\.question)
            #expect(Set(questions) == Set((0..<50).map { "question \($0)" }))
            #expect(questions.count == 50)
        }
    }
}
