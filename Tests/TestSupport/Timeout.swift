/// A test waited in vain.
package struct TimedOut: Error, CustomStringConvertible {
    /// What for, and where.
    package let description: String

    /// Something that had to be there was not.
    package init(_ description: String = "what was waited for did not come") { self.description = description }
}

/// Runs the body, and cancels it and throws if it takes longer: so that no test hangs for ever, whatever the body does about its
/// being cancelled.
package func withTimeout<Value: Sendable>(
    _ limit: Duration = .seconds(30), fileID: String = #fileID, line: Int = #line,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let (results, result) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
    let work = Task {
        do { result.yield(.success(try await body())) } catch { result.yield(.failure(error)) }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        result.yield(.failure(TimedOut("nothing came within \(limit), in \(fileID):\(line)")))
    }
    defer {
        timer.cancel()
        work.cancel()
    }
    for await first in results { return try first.get() }
    throw CancellationError()
}

/// Asks again and again, until there is an answer: for what a server or another process does by itself, and tells nobody.
/// - Parameter limit: after which it fails.
package func asking<Value: Sendable>(
    _ limit: Duration = .seconds(40), fileID: String = #fileID, line: Int = #line,
    _ ask: @escaping @Sendable () async throws -> Value?
) async throws -> Value {
    try await withTimeout(limit, fileID: fileID, line: line) {
        while true {
            if let value = try await ask() { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Waits until something is so that comes about by itself.
/// - Parameter limit: after which it fails.
package func eventually(
    _ limit: Duration = .seconds(40), fileID: String = #fileID, line: Int = #line,
    _ isSo: @escaping @Sendable () async throws -> Bool
) async throws {
    try await asking(limit, fileID: fileID, line: line) { try await isSo() ? () : nil }
}
