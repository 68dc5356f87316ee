/// A test took longer than it may.
package struct TimedOut: Error {
    package init() {}
}

/// Runs the body, and cancels it and throws if it takes longer: so that no test hangs for ever.
package func withTimeout<Value: Sendable>(
    _ limit: Duration = .seconds(30), _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimedOut()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw TimedOut() }
        return value
    }
}
