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

/// Asks again and again, until there is an answer: for what a server or another process does by itself, and tells nobody.
/// - Parameter limit: after which it fails.
package func asking<Value: Sendable>(
    _ limit: Duration = .seconds(40), _ ask: @escaping @Sendable () async throws -> Value?
) async throws -> Value {
    try await withTimeout(limit) {
        while true {
            if let value = try await ask() { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Waits until something is so that comes about by itself.
/// - Parameter limit: after which it fails.
package func eventually(
    _ limit: Duration = .seconds(40), _ isSo: @escaping @Sendable () async throws -> Bool
) async throws {
    try await asking(limit) { try await isSo() ? () : nil }
}
