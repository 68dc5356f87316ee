import Testing

@testable import LLMService

@Suite struct RequestTableTests {
    private func table(_ count: UInt64) -> RequestTable {
        var table = RequestTable()
        for ticket in 0..<count {
            table.add(
                ticket, requestID: "r\(ticket % 2)", channel: ticket.isMultiple(of: 3) ? nil : "c\(ticket % 3)",
                user: ticket < 3 ? "alice" : nil)
        }
        return table
    }

    private func stopped(_ table: inout RequestTable, _ count: UInt64) -> [UInt64] {
        var stopped: [UInt64] = []
        for ticket in 0..<count where table.settle(ticket) != nil { stopped.append(ticket) }
        return stopped
    }

    @Test(
        arguments: [
            (.ticket(4), [4]), (.ticket(99), []), (.requestID("r0"), [0, 2, 4]), (.requestID("r9"), []),
            (.channel("c1"), [1, 4]), (.channel("c0"), []), (.user("alice", channel: "c1"), [1]),
            (.user("bob", channel: "c1"), []), (.user("alice", channel: "c9"), []), (.waiting, [2, 3, 4, 5]),
            (.all, [0, 1, 2, 3, 4, 5]),
        ] as [(RequestTable.Selection, [UInt64])])
    func selections(selection: RequestTable.Selection, expected: [UInt64]) {
        var table = table(6)
        #expect(table.begin(0) == true)
        #expect(table.begin(1) == true)
        let (tasks, count) = table.stop(selection) { _ in .cancelled }
        #expect(tasks.isEmpty)
        #expect(count == expected.count)
        #expect(stopped(&table, 6) == expected)
        #expect(table.count == 0)
    }

    @Test func theFirstReasonStays() {
        var table = table(1)
        #expect(table.stop(.all) { .deadline(whileRunning: $0) }.count == 1)
        #expect(table.stop(.all) { _ in .shutdown }.count == 0)
        #expect(table.settle(0) == .deadline(whileRunning: false))
    }

    @Test func whatIsSettledIsNotStopped() {
        var table = table(1)
        #expect(table.settle(0) == nil)
        #expect(table.stop(.all) { _ in .cancelled }.count == 0)
        #expect(table.settle(0) == nil)
    }

    @Test func whatWasStoppedDoesNotBegin() {
        var table = table(2)
        #expect(table.stop(.ticket(0)) { _ in .cancelled }.count == 1)
        #expect(table.begin(0) == false)
        #expect(table.begin(1) == true)
        #expect(table.stop(.ticket(1)) { .deadline(whileRunning: $0) }.count == 1)
        #expect(table.settle(1) == .deadline(whileRunning: true))
    }

    @Test func aTaskThatComesAfterTheStopIsToBeCancelled() {
        var table = table(2)
        let task = RequestTable.Outcome { .failure(LLMError(.cancelled, "x")) }
        #expect(table.stop(.ticket(0)) { _ in .cancelled }.tasks.isEmpty)
        #expect(table.attach(0, task) == true)
        #expect(table.attach(1, task) == false)
        #expect(table.stop(.ticket(1)) { _ in .cancelled }.tasks == [task])
        #expect(table.attach(99, task) == false)
    }
}
