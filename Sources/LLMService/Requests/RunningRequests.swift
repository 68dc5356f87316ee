import Synchronization

/// The requests under way, shared by whoever runs them and whoever stops them.
final class RunningRequests: Sendable {
    private let table = Mutex(RequestTable())

    func add(_ ticket: RequestTable.Ticket, requestID: String, channel: String?, user: String?) {
        table.withLock { $0.add(ticket, requestID: requestID, channel: channel, user: user) }
    }

    /// The request's task has started; cancels it if the request was stopped before.
    func attach(_ ticket: RequestTable.Ticket, _ task: RequestTable.Outcome) {
        if table.withLock({ $0.attach(ticket, task) }) { task.cancel() }
    }

    /// A provider is about to be asked; says whether one still is to be.
    func begin(_ ticket: RequestTable.Ticket) -> Bool { table.withLock { $0.begin(ticket) } }

    /// The request is over; says why it is to fail in spite of its answer, if it is.
    func settle(_ ticket: RequestTable.Ticket) -> StopReason? { table.withLock { $0.settle(ticket) } }

    /// Stops those that match, and returns how many were not stopped before.
    @discardableResult
    func stop(_ selection: RequestTable.Selection, _ reason: (_ isRunning: Bool) -> StopReason) -> Int {
        let (tasks, count) = table.withLock { $0.stop(selection, reason) }
        for task in tasks { task.cancel() }
        return count
    }
}
