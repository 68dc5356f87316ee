internal import Concurrency
internal import Dispatch

/// Runs what blocks on a thread that is not one of Swift's.
enum BlockingWork {
    /// Runs the body on a queue of its own (and so, if need be, on a thread of its own) and waits for it without a thread.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }

    /// Runs the body like ``run(_:)``; nobody waits for it.
    static func start(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "nats.blocking").async(execute: body)
    }

    /// Runs the body like ``start(_:)``, but not before the delay is over.
    static func start(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "nats.blocking").asyncAfter(
            deadline: .now() + .nanoseconds(delay.nanoseconds), execute: body)
    }
}
