import Synchronization
import Testing

@testable import ServiceRuntime

@Suite("Those who wait for an outcome")
final class WaiterTableTests {
    private let table = Mutex(WaiterTable<String>())

    /// Waits, and does `meanwhile` as soon as it does.
    private func wait(_ waiter: UInt64, meanwhile: () -> Void = {}) async -> String {
        await withCheckedContinuation { continuation in
            let outcome = table.withLock { $0.wait(waiter, continuation) }
            if let outcome { continuation.resume(returning: outcome) }
            meanwhile()
        }
    }

    /// Returns whether somebody was resumed.
    @discardableResult
    private func end(_ waiter: UInt64, _ outcome: String) -> Bool {
        let continuation = table.withLock { $0.end(waiter, outcome) }
        continuation?.resume(returning: outcome)
        return continuation != nil
    }

    @Test("are told the first one that comes while they wait")
    func waiting() async {
        table.withLock { $0.add(1) }
        let outcome = await wait(1) {
            #expect(end(1, "first"))
            #expect(!end(1, "second"))
        }
        #expect(outcome == "first")
        #expect(table.withLock { $0.count } == 0)
    }

    @Test("are told the first one that came before they waited")
    func early() async {
        table.withLock { $0.add(1) }
        #expect(!end(1, "first"))
        #expect(!end(1, "second"))
        #expect(table.withLock { $0.count } == 1)
        #expect(await wait(1) == "first")
        #expect(table.withLock { $0.count } == 0)
    }

    @Test("are told nothing that is another's")
    func others() async {
        table.withLock { table in
            table.add(1)
            table.add(2)
        }
        #expect(!end(3, "nobody's"))
        #expect(!end(2, "the second's"))
        #expect(await wait(1) { end(1, "the first's") } == "the first's")
        #expect(await wait(2) == "the second's")
    }
}
