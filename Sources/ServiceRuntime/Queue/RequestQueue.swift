import Synchronization

/// The queue that all requests pass: a channel's own order, a number of slots for all, deadlines, and stops.
///
/// ``enter(_:)`` takes a place at once, so that the order of calls is the order of answers; ``acquire(_:)`` waits for the
/// slot; ``leave(_:)`` must follow, whatever happened.
public final class RequestQueue: Sendable {
    /// Stands for a request in the queue.
    public typealias Ticket = UInt64
    private typealias State = RequestQueueState<CheckedContinuation<StopReason?, Never>>

    private let state: Mutex<State>
    private let time: any TimeSource

    /// Creates an empty queue.
    ///
    /// - Parameters:
    ///   - limits: How many requests may run and wait.
    ///   - time: The clock of the deadlines.
    public init(limits: QueueLimits, time: any TimeSource = SystemTime()) {
        state = Mutex(State(limits))
        self.time = time
    }

    /// The number of requests that run, and of those that wait.
    public var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting) } }

    /// The channels of which a request runs or waits.
    public var channels: [String] { state.withLock { $0.channels } }

    /// Whether a request of a channel runs or waits.
    public func isBusy(_ channel: String) -> Bool { state.withLock { $0.isBusy(channel) } }

    /// Takes a request.
    ///
    /// - Throws: ``QueueRefusal``; nothing is in the queue then.
    public func enter(_ request: QueuedRequest) throws(QueueRefusal) -> Ticket {
        let (admission, ticket, timer) = state.withLock { $0.enter(request) }
        if case .refuse(let refusal) = admission { throw refusal }
        if let timer { arm(timer) }
        return ticket
    }

    /// Notes the task that works on a request, so that stopping the request cancels it.
    public func attach(_ ticket: Ticket, _ task: Task<Void, Never>) {
        if state.withLock({ $0.attach(ticket, task) }) { task.cancel() }
    }

    /// Waits until the request has its slot.
    ///
    /// - Returns: whether it had to wait.
    /// - Throws: why the request ends instead; a cancelled task is one of the reasons. It must leave the queue then too.
    @discardableResult
    public func acquire(_ ticket: Ticket) async throws(StopReason) -> Bool {
        switch state.withLock({ $0.acquire(ticket) }) {
        case .granted(let hasWaited): return hasWaited
        case .stopped(let reason): throw reason
        case .wait: break
        }
        let stop = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                switch state.withLock({ $0.acquire(ticket, waiter) }) {
                case .granted: waiter.resume(returning: nil)
                case .stopped(let reason): waiter.resume(returning: reason)
                case .wait: break
                }
            }
        } onCancel: {
            self.stop(.ticket(ticket))
        }
        if let stop { throw stop }
        return true
    }

    /// Settles a request: whatever stopped it before counts, whatever comes later is too late.
    ///
    /// - Throws: why it ends early, if it does.
    public func settle(_ ticket: Ticket) throws(StopReason) {
        if let reason = state.withLock({ $0.settle(ticket) }) { throw reason }
    }

    /// Removes a request; whoever is next gets its slot.
    public func leave(_ ticket: Ticket) {
        for waiter in state.withLock({ $0.leave(ticket) }) { waiter.resume(returning: nil) }
    }

    /// Stops the requests that match and are not settled. Returns how many they were.
    @discardableResult
    public func stop(_ selection: RequestSelection, because reason: StopReason = .cancelled) -> Int {
        end(state.withLock { $0.stop(selection) { _ in reason } })
    }

    /// Takes nothing new from now on. What is in the queue goes on.
    public func close() { state.withLock { $0.close() } }

    @discardableResult
    private func end(_ stopped: State.Stopped) -> Int {
        for (waiter, reason) in stopped.waiters { waiter.resume(returning: reason) }
        for task in stopped.tasks { task.cancel() }
        return stopped.count
    }

    private func arm(_ instant: ContinuousClock.Instant) {
        time.call(at: instant) { [weak self] in self?.expire(instant) }
    }

    private func expire(_ timer: ContinuousClock.Instant) {
        let (stopped, next) = state.withLock { [time] in $0.expire(timer, now: time.now) }
        if let next { arm(next) }
        end(stopped)
    }
}
