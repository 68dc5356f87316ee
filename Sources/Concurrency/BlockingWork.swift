import CEpoll
import Dispatch
import Glibc

/// Runs blocking work on threads that are not those of Swift's tasks.
package enum BlockingWork {
    /// Runs the body on a queue of its own (and so, if need be, on a thread of its own) and waits for it without a thread.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }

    /// Runs the body like ``run(_:)``; nobody waits for it.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "rosey-llm.blocking").async(execute: body)
    }

    /// Runs the body like ``start(_:)``, but not before the delay is over.
    package static func start(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "rosey-llm.blocking").asyncAfter(
            deadline: .now() + .nanoseconds(delay.nanoseconds), execute: body)
    }

    /// Starts a thread that runs the body and ends with it. Signals are blocked there: they are for the threads that expect
    /// them.
    /// - Parameter name: of the thread, at most 15 bytes.
    /// - Returns: the thread's `pthread_t`, to be joined or detached; nil if there is none to be had.
    package static func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> UInt? {
        // SAFETY: the thread takes over the reference that is retained for it here, and only if it was created.
        let context = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
        var thread = pthread_t()
        if unsafe pthread_create(&thread, nil, threadMain, context.toOpaque()) == 0 { return thread }
        unsafe context.release()
        return nil
    }
}

/// What a thread begins with.
private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) { (self.name, self.run) = (name, run) }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // SAFETY: both calls use a local set.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    // SAFETY: the reference that was retained for this thread.
    guard let context = unsafe context else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
    unsafe shim_name_thread(body.name)
    body.run()
    return nil
}
