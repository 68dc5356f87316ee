internal import Concurrency
internal import FoundationEssentials
internal import Synchronization

/// Messages that JetStream keeps until somebody has done what they ask for, as an asynchronous sequence for one consumer.
///
/// Delivered is no more than ``NATSWorkQueueOptions/maxOutstanding`` at a time: a message counts until it is acknowledged,
/// given back, terminated, or its handle is gone. Other instances may take messages from the same queue. It goes on after
/// every reconnect; what was on its way then comes again after ``ackWait``.
///
/// Costs one ``NATSSubscription``. Ends after ``drain()`` and when the connection is closed. Throws
/// ``NATSError/Code/cancelled``, and what opening throws if the queue is gone and cannot be made anew.
package final class NATSWorkQueue: Sendable {
    /// The server says so often that it is there.
    private static let heartbeat = Duration.milliseconds(500)
    /// What is given back after the end of our asking comes again so much later. At once, nats-server 2.9 would try to send
    /// it to us first, and then keep it for ``ackWait``: that nobody listens here it sees at its next heartbeat.
    private static let farewell = Duration.milliseconds(750)
    /// After so long without that it counts as lost what was asked for.
    static let patience = Duration.seconds(3)
    /// For so long the server remembers that messages are wanted.
    private static let expiry = Duration.seconds(30)

    let options: NATSWorkQueueOptions
    let api: JetStreamAPI
    let subscription: NATSSubscription
    private let state: Mutex<(demand: WorkQueueDemand, ackWait: Duration)>

    init(_ api: JetStreamAPI, _ options: NATSWorkQueueOptions, _ subscription: NATSSubscription) {
        self.api = api
        self.options = options
        self.subscription = subscription
        state = Mutex((WorkQueueDemand(limit: options.maxOutstanding), options.ackWait))
    }

    deinit { subscription.abandon() }

    /// A message that nobody speaks of for so long is delivered again; as the consumer has it.
    package var ackWait: Duration { state.withLock { $0.ackWait } }

    /// Messages that have been handed out and not been finished.
    package var outstanding: Int { state.withLock { $0.demand.outstanding } }

    /// Asks for nothing more, and gives back what still comes.
    package func stop() { state.withLock { $0.demand.stop() } }

    /// Asks for nothing more until ``resume()``. What was asked for before still comes.
    package func pause() { state.withLock { $0.demand.pause() } }

    /// Asks for messages again.
    package func resume() {
        state.withLock { $0.demand.resume() }
        pull()
    }

    /// Takes over a message that another instance was given by the same consumer. It counts as handed out, beyond
    /// ``NATSWorkQueueOptions/maxOutstanding`` if need be.
    /// - Parameter message: as the other instance got it, its reply subject above all.
    /// - Returns: nil where it is no message of this queue.
    package func adopt(_ message: NATSMessage) -> NATSWorkMessage? {
        guard let delivery = message.reply.flatMap(JetStreamDelivery.init),
            (delivery.stream, delivery.consumer) == (options.stream, options.consumer)
        else { return nil }
        state.withLock { $0.demand.adopt() }
        return NATSWorkMessage(message, delivery, queue: self)
    }

    /// Ends the sequence: what has been handed out can still be finished, what has not is given back.
    ///
    /// Returns when the server has been told. Is not cut short by cancellation.
    package func drain() async {
        stop()
        await subscription.drain()
    }

    /// Waits until what was said of messages before has been handed over to be sent; that is so at once.
    package func settle() async {}

    func set(ackWait: Duration) { state.withLock { $0.ackWait = ackWait } }

    // MARK: for the iterator

    /// Asks the server for as much as there is room for.
    func pull() {
        guard let batch = state.withLock({ $0.demand.pull() }) else { return }
        let (expiry, heartbeat) = (Self.expiry.nanoseconds, Self.heartbeat.nanoseconds)
        let question = #"{"batch":\#(batch),"expires":\#(expiry),"idle_heartbeat":\#(heartbeat)}"#
        api.tell(
            "$JS.API.CONSUMER.MSG.NEXT.\(options.stream).\(options.consumer)", Array(question.utf8),
            reply: subscription.subject)
    }

    /// A message came. Returns what of it is to be handed out.
    func receive(_ message: NATSMessage) -> NATSWorkMessage? {
        guard let reply = message.reply, let delivery = JetStreamDelivery(reply) else {
            receiveStatus(message)
            return nil
        }
        guard state.withLock({ $0.demand.receive() }) else {
            giveBack(reply, after: nil)
            return nil
        }
        return NATSWorkMessage(message, delivery, queue: self)
    }

    /// A heartbeat, or the end of a question. Of an end that is none of the usual ones nothing is noted here: the server
    /// falls silent, and then all is begun anew.
    private func receiveStatus(_ message: NATSMessage) {
        guard ["404", "408"].contains(message.headers["Status"] ?? ""),
            let rest = message.headers["Nats-Pending-Messages"].flatMap({ Int($0) })
        else { return }
        state.withLock { $0.demand.expire(rest) }
    }

    /// The server has been silent: if something was to come, makes sure that all is there, and forgets what was asked.
    func revive() async throws(NATSError) {
        while state.withLock({ $0.demand.requested > 0 && !$0.demand.isStopped }) {
            do throws(NATSError) {
                // Otherwise every try would wait to be sent, and be made when the server is back.
                try api.connection.checkOpen()
                if api.connection.isConnected {
                    try await open()
                    return state.withLock { $0.demand.lose() }
                }
            } catch {
                guard error.isRetryable else { throw error }
            }
            do {
                try await Task.sleep(for: api.connection.reconnectDelay())
            } catch {
                throw .workCancelled
            }
        }
    }

    // MARK: for the messages

    /// Has a message delivered again.
    func giveBack(_ reply: String, after delay: Duration?) {
        let isStopped = state.withLock { $0.demand.isStopped }
        let delay = isStopped ? Swift.max(delay ?? .zero, Self.farewell) : delay
        api.tell(reply, JetStreamDelivery.negativeAcknowledgement(delay))
    }

    /// A message is done with.
    func finish() {
        state.withLock { $0.demand.finish() }
        pull()
    }
}

extension NATSWorkQueue: AsyncSequence {
    package typealias Element = NATSWorkMessage
    package typealias Failure = NATSError

    /// The only consumer.
    package struct Iterator: AsyncIteratorProtocol {
        private let queue: NATSWorkQueue
        /// The last first, so that each can be moved out at little cost.
        private var messages: [NATSMessage] = []
        private var isOver = false

        init(_ queue: NATSWorkQueue) { self.queue = queue }

        /// The next message; nil at the end.
        package mutating func next() async throws(NATSError) -> NATSWorkMessage? { try await next(isolation: nil) }

        /// The next message; nil at the end.
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(NATSError) -> NATSWorkMessage? {
            while !isOver {
                while let message = messages.popLast() {
                    if let work = queue.receive(message) { return work }
                }
                queue.pull()
                switch await queue.subscription.next(within: NATSWorkQueue.patience) {
                case .messages(let arrived): messages = arrived.reversed()
                case .silence: try await revive()
                case .end:
                    if Task.isCancelled { throw .workCancelled }
                    isOver = true
                }
            }
            return nil
        }

        private mutating func revive() async throws(NATSError) {
            do throws(NATSError) {
                if Task.isCancelled { throw .workCancelled }
                try await queue.revive()
            } catch {
                isOver = error.code != .cancelled
                if isOver { queue.stop() }
                throw error
            }
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(self) }
}

extension NATSError {
    static let workCancelled = NATSError(.cancelled, "waiting for work was cancelled")
}
