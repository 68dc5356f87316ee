internal import Synchronization

/// A ``SubscriptionBuffer`` between the loop and the consumer of a subscription.
final class MessageQueue: Sendable {
    private let buffer = Mutex(
        SubscriptionBuffer<CheckedContinuation<Void, Never>>(
            messageLimit: NATSSubscription.bufferLimit, byteLimit: NATSSubscription.bufferBytes))

    /// Messages that were dropped because the consumer was too slow.
    var dropped: Int { buffer.withLock { $0.dropped } }

    /// From the loop: a message. Returns the number of dropped ones if dropping has begun with it.
    func receive(_ message: NATSMessage) -> Int? {
        switch buffer.withLock({ $0.append(message) }) {
        case .stored, .discarded, .dropped(isFirst: false): return nil
        case .dropped(isFirst: true): return dropped
        case .wake(let waiter):
            waiter.resume()
            return nil
        }
    }

    /// Nothing more comes.
    func finish() { buffer.withLock { $0.finish() }?.resume() }

    /// Takes all that waits, in exchange for an empty array; waits if there is nothing.
    /// - Returns: false at the end, or if the task is cancelled.
    func nextBatch(_ batch: inout [NATSMessage]) async -> Bool {
        while true {
            switch buffer.withLock({ $0.take(into: &batch) }) {
            case .messages: return true
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
                buffer.withLock { $0.store(continuation, turn: turn) }?.resume()
            }
        } onCancel: {
            buffer.withLock { $0.cancel(turn: turn) }?.resume()
        }
    }
}
