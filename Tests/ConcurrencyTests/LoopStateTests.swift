import Testing

@testable import Concurrency

@Suite struct LoopInboxTests {
    @Test("One wake-up a sleep, none while the loop is awake, nothing after the end")
    func reactions() {
        var inbox = LoopInbox<Int>()
        var batch: [Int] = []
        #expect(inbox.put(1) == .nothing)
        #expect(inbox.fallAsleep() == false, "there is something to do")
        inbox.take(&batch)
        #expect(batch == [1])
        #expect(inbox.fallAsleep() == true)
        #expect(inbox.put(2) == .wake)
        #expect(inbox.put(3) == .nothing)
        inbox.wakeUp()
        batch = []
        inbox.take(&batch)
        #expect(batch == [2, 3])
        #expect(inbox.fallAsleep() == true)
        inbox.wakeUp()
        #expect(inbox.put(4) == .nothing, "it handles events")
        batch = []
        inbox.take(&batch)
        #expect(inbox.fallAsleep() == true)
        #expect(inbox.stop() == .wake)
        #expect(inbox.stop() == .nothing)
        #expect(inbox.fallAsleep() == false)
        #expect(inbox.put(5) == .nothing, "what comes before the end is done")
        #expect(inbox.end() == false)
        batch = []
        inbox.take(&batch)
        #expect(inbox.end() == true)
        #expect(inbox.put(6) == .refused)
    }
}

@Suite struct WatchListTests {
    @Test func oneCallOfTheKernelAChange() {
        var list = WatchList()
        guard case .add(let mark) = list.watch(5, .readable, owner: 1) else {
            Issue.record("not added")
            return
        }
        #expect(list.watch(5, .readable, owner: 1) == .nothing)
        #expect(list.watch(5, [.readable, .writable], owner: 1) == .modify(mark: mark))
        #expect(list.owner(of: mark)?.owner == 1)
        #expect(list.owner(of: mark)?.descriptor == 5)
        #expect(list.unwatch(5) == .remove)
        #expect(list.unwatch(5) == .nothing)
        #expect(list.unwatch(500) == .nothing)
    }

    @Test("An event from before a descriptor was closed does not reach its next owner")
    func staleEvents() {
        var list = WatchList()
        guard case .add(let old) = list.watch(5, .readable, owner: 1) else {
            Issue.record("not added")
            return
        }
        #expect(list.unwatch(5) == .remove)
        #expect(list.owner(of: old) == nil)
        guard case .add(let new) = list.watch(5, .readable, owner: 2) else {
            Issue.record("not added")
            return
        }
        #expect(list.owner(of: old) == nil)
        #expect(list.owner(of: new)?.owner == 2)
        #expect(list.owner(of: UInt64.max) == nil)
    }
}
