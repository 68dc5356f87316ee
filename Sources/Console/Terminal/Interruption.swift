import Glibc
import NATSClient
import ServiceRuntime
import Synchronization

/// What becomes of a command that waits for an answer when a signal comes: the request is stopped, at the provider too, and
/// the process ends with that signal's exit code.
final class Interruption: Sendable {
    private let client: ServiceClient
    private let terminal: Terminal
    /// The request that is waited for.
    private let current = Mutex<String?>(nil)

    private init(_ client: ServiceClient, _ terminal: Terminal) { (self.client, self.terminal) = (client, terminal) }

    /// Does `body`, in which requests are waited for.
    static func with<Result: Sendable>(
        _ client: ServiceClient, _ terminal: Terminal,
        _ body: (Interruption) async throws(CommandFailure) -> Result
    ) async throws(CommandFailure) -> Result {
        let (interruption, signals) = (Interruption(client, terminal), ProcessSignals())
        let result = await withDiscardingTaskGroup { group -> Swift.Result<Result, CommandFailure> in
            group.addTask { await interruption.watch(signals) }
            defer { group.cancelAll() }
            do throws(CommandFailure) { return .success(try await body(interruption)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Waits for the answer to a request, as `body` does.
    func waiting<Result>(
        for id: String, _ body: () async throws(CommandFailure) -> Result
    ) async throws(CommandFailure) -> Result {
        current.withLock { $0 = id }
        defer { current.withLock { $0 = nil } }
        return try await body()
    }

    /// Ends the process at the first signal. What blocks, as reading from a pipe does, would never let it end in order.
    private func watch(_ signals: ProcessSignals) async {
        for await name in signals.names {
            if let id = current.withLock({ $0 }) {
                client.cancel(id)
                try? await client.connection.flush(timeout: .seconds(2))
            }
            terminal.complain("stopped")
            _exit(CommandFailure.Code(endedBy: name).rawValue)
        }
    }
}
