internal import Dispatch
internal import Synchronization

/// The messages of one subject, as an asynchronous sequence for one consumer.
///
/// Three bounds, from the inside out: the consumer takes all that waits here at once; here wait up to
/// ``NATSSubscription/bufferLimit`` messages, and then the library's delivery thread of this subscription stands still;
/// behind it the library holds 65 536 messages or 256 MiB, and drops what comes beyond (``dropped``, and one
/// ``NATSEvent/slowConsumer(subject:dropped:)``).
///
/// Each subscription costs a thread and lives until ``drain()`` or ``NATSConnection/close()``: have few, long-lived ones.
package final class NATSSubscription: Sendable, MessageSink {
    /// Messages held here, before the library's thread has to wait.
    static let bufferLimit = 4096

    private struct State {
        var buffer = SubscriptionBuffer<CheckedContinuation<Void, Never>>(limit: NATSSubscription.bufferLimit)
        var library: LibrarySubscription?
        var isEnding = false
        var droppedBefore = 0
        var hasEnded = false
        var endWaiters: [CheckedContinuation<Void, Never>] = []
    }

    package let subject: String
    /// The queue group, of which one member gets each message.
    package let queueGroup: String?
    private let subjectForLibrary: CSubject
    private let connection: NATSConnection
    private let state = Mutex(State())
    private let space = DispatchSemaphore(value: 0)

    init(_ subject: String, queueGroup: String?, connection: NATSConnection) {
        self.subject = subject
        self.queueGroup = queueGroup
        subjectForLibrary = CSubject(subject)
        self.connection = connection
    }

    /// Messages that the library has thrown away because the consumer was too slow.
    package var dropped: Int {
        let (library, before) = state.withLock { ($0.library, $0.droppedBefore) }
        return before + (library?.dropped ?? 0)
    }

    /// Ends the subscription: what has arrived is still delivered, then the sequence ends.
    ///
    /// Returns when the last message lies ready for the consumer; does not wait for it to be consumed. Is not cut short
    /// by cancellation. Without a connection it takes up to two seconds.
    package func drain() async {
        let (library, release, alreadyEnded) = state.withLock { state in
            state.isEnding = true
            return (state.library, state.buffer.beginDraining(), state.hasEnded)
        }
        letGo(release)
        if alreadyEnded { return }
        guard let library else { return end() }
        let connected = connection.isConnected
        await BlockingWork.run { library.drain(connected: connected) }
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if !state.hasEnded { state.endWaiters.append(continuation) }
                return state.hasEnded
            }
            if ended { continuation.resume() }
        }
    }

    /// Ends the subscription without waiting: what has arrived and was not taken yet is thrown away.
    func abandon() {
        let (library, release) = state.withLock { state in
            state.isEnding = true
            return (state.library, state.buffer.finish())
        }
        letGo(release)
        guard let library else { return end() }
        // Asking the connection and draining block.
        BlockingWork.start { [connection] in library.drain(connected: connection.isConnected) }
    }

    // MARK: for the connection

    /// Subscribes on a connection of the library, unless it is ending.
    func attach(to connection: LibraryConnection, completions: DispatchGroup) throws(NATSError) {
        if state.withLock({ $0.isEnding }) { return }
        let library = try LibrarySubscription.start(
            self, on: connection, subject: subjectForLibrary, queueGroup: queueGroup, completions: completions)
        let isEnding = state.withLock { state in
            if !state.hasEnded { state.library = library }
            return state.isEnding
        }
        // The last callback may have come before the library's subscription was known here.
        if library.isComplete { return deliveryEnded(link: library.link) }
        if isEnding { library.drain(connected: true) }
    }

    /// The connection is going: nothing more is awaited, and no thread may be held.
    func connectionCloses() {
        let release = state.withLock { state in
            state.isEnding = true
            return state.buffer.finish()
        }
        letGo(release)
    }

    /// Ends the sequence and lets ``drain()`` return.
    func end() {
        let (release, waiters) = state.withLock { state in
            state.isEnding = true
            state.hasEnded = true
            defer { state.endWaiters = [] }
            return (state.buffer.finish(), state.endWaiters)
        }
        letGo(release)
        for waiter in waiters { waiter.resume() }
        connection.forget(self)
    }

    // MARK: on the library's delivery thread

    func receive(_ message: NATSMessage) {
        while true {
            switch state.withLock({ $0.buffer.append(message) }) {
            case .stored, .discarded: return
            case .wake(let waiter): return waiter.resume()
            case .full: space.wait()
            }
        }
    }

    func deliveryEnded(link: UInt) {
        let (isEnding, library) = state.withLock { state -> (Bool, LibrarySubscription?) in
            guard let library = state.library, library.link == link else { return (state.isEnding, nil) }
            state.library = nil
            return (state.isEnding, library)
        }
        if let library {
            let dropped = library.dropped
            state.withLock { $0.droppedBefore += dropped }
        }
        // Otherwise the library has given the connection up, and there will be another.
        if isEnding { end() }
    }

    // MARK: for the iterator

    /// Takes all that waits, in exchange for an empty array; waits if there is nothing.
    /// - Returns: false at the end, or if the task is cancelled.
    func nextBatch(_ batch: inout [NATSMessage]) async -> Bool {
        while true {
            switch state.withLock({ $0.buffer.take(into: &batch) }) {
            case .messages(let producers):
                letGo(.init(waiter: nil, producers: producers))
                return true
            case .end: return false
            case .wait(let turn):
                await wait(turn)
                if Task.isCancelled { return false }
            }
        }
    }

    private func wait(_ turn: UInt) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.buffer.store(continuation, turn: turn) }?.resume()
            }
        } onCancel: {
            state.withLock { $0.buffer.cancel(turn: turn) }?.resume()
        }
    }

    private func letGo(_ release: SubscriptionBuffer<CheckedContinuation<Void, Never>>.Release) {
        for _ in 0..<release.producers { space.signal() }
        release.waiter?.resume()
    }
}
