import Dispatch
import Synchronization

/// What a test waited for did not come.
package struct WaitedTooLong: Error {
    /// How long it waited.
    package let limit: Duration
}

/// Runs `body`, and gives up waiting for it after `limit`, whether it can be cancelled or not: no test hangs.
///
/// - Throws: what `body` throws, or ``WaitedTooLong``.
package func within<Value: Sendable>(
    _ limit: Duration = .seconds(60), _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await body() }
    return try await withCheckedThrowingContinuation { continuation in
        let race = Race(continuation)
        Task { race.finish(await task.result) }
        DispatchQueue.global().asyncAfter(deadline: .now() + Double(limit.components.seconds)) {
            if race.finish(.failure(WaitedTooLong(limit: limit))) { task.cancel() }
        }
    }
}

/// Resumes a continuation with whichever result comes first.
private final class Race<Value: Sendable>: Sendable {
    private let waiter: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ waiter: CheckedContinuation<Value, any Error>) { self.waiter = Mutex(waiter) }

    @discardableResult
    func finish(_ result: Result<Value, any Error>) -> Bool {
        let waiter = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(with: result)
        return waiter != nil
    }
}
