import BusProtocol
import Concurrency
import FoundationEssentials
import NATSClient
import Observability
import ServiceRuntime

/// A plugin like any other: asks a running service over NATS.
struct ServiceClient: Sendable {
    /// The connection it asks over.
    let connection: NATSConnection
    private let servers: String

    /// Connects, does `body`, and hangs up whatever came of it.
    static func with<Result: Sendable>(
        _ nats: NATSOptions, _ body: (ServiceClient) async throws(CommandFailure) -> Result
    ) async throws(CommandFailure) -> Result {
        let client = try await open(nats)
        do throws(CommandFailure) {
            let result = try await body(client)
            await client.connection.close()
            return result
        } catch {
            await client.connection.close()
            throw error
        }
    }

    /// Connects.
    ///
    /// - Throws: where no server answers in time; with what to do about it.
    private static func open(
        _ nats: NATSOptions, patience: Duration = .seconds(3)
    ) async throws(CommandFailure) -> ServiceClient {
        var nats = nats
        nats.name = "rosey-llm-cli"
        let servers = nats.servers.joined(separator: ", ")
        let monitor = ConnectionMonitor("client", to: nats, log: .silent)
        let connection: NATSConnection
        do {
            connection = try await NATSConnection.connect(nats, onEvent: monitor.observe)
        } catch {
            throw CommandFailure(nats: error)
        }
        let deadline = ContinuousClock.now + patience
        while !connection.isConnected {
            // A server that refuses says so at once, and will not change its mind.
            guard ContinuousClock.now < deadline, monitor.lastRefusal?.isRefusal != true else {
                await connection.close()
                throw await Self.failure(monitor.lastRefusal, nats)
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return ServiceClient(connection: connection, servers: servers)
    }

    /// What is to be said where no server takes the connection.
    private static func failure(_ refusal: NATSError?, _ nats: NATSOptions) async -> CommandFailure {
        let servers = nats.servers.joined(separator: ", ")
        if let refusal, refusal.isRefusal {
            return CommandFailure(
                .unavailable,
                "The NATS server at \(servers) cannot be used: \(refusal). \(refusal.remedy(servers: nats.servers)).")
        }
        // The library does not tell a name that is not known from a port that is closed.
        let error = await NATSConnection.probe(nats) ?? refusal ?? NATSError(.timeout, "it takes too long")
        return CommandFailure(
            .unavailable,
            "No NATS server answers at \(servers): \(error). \(error.remedy(servers: nats.servers)).")
    }

    /// Asks, and returns the text of the answer, or why there is none. Where nobody listens yet, it asks again for a while.
    ///
    /// - Parameters:
    ///   - timeout: for the first reply, and from each to the next.
    ///   - show: is given each piece of a streamed answer as it comes.
    func ask(
        _ payload: [UInt8], on subject: String, timeout: Duration, show: (String) -> Void = { _ in }
    ) async throws(CommandFailure) -> Result<String, LLMFailure> {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            do throws(NATSError) {
                var replies = try connection.requestMany(payload, to: subject, idleTimeout: timeout).makeAsyncIterator()
                while let message = try await replies.next() {
                    let reply = LLMReply.decode(message.payload)
                    guard case .delta(let delta)? = reply else { return Self.result(reply) }
                    show(delta.content)
                }
                return Self.result(nil)
            } catch {
                guard error.code == .noResponders, ContinuousClock.now < deadline else { throw failure(error, timeout) }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Asks for a stream, and shows the answer as it comes.
    ///
    /// - Parameter shown: where it is shown; its line is ended whatever comes of it.
    /// - Returns: the failure, where there is one; it is not shown.
    func ask(
        _ payload: [UInt8], on subject: String, timeout: Duration, into shown: inout SpokenAnswer
    ) async throws(CommandFailure) -> String? {
        defer { shown.endLine() }
        switch try await ask(payload, on: subject, timeout: timeout, show: { shown.add($0) }) {
        case .success(let content):
            shown.finish(content)
            return nil
        case .failure(let failure):
            return failure.text
        }
    }

    // MARK: stopping

    /// Has the service stop a request, and so the provider too. Nobody waits for it.
    func cancel(_ id: String) {
        try? connection.publish(LLMRequest(.cancel, requestID: id).encode(), to: Subjects.request)
    }

    /// Waits a while for a service to be there. A request does not tell: the server takes every terminal that listens to
    /// what others say for somebody who answers.
    func expectService() async throws(CommandFailure) {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            do throws(NATSError) {
                _ = try await connection.request([], to: Subjects.ping, timeout: .seconds(2))
                return
            } catch {
                // One that may not be asked may be there all the same.
                guard error.code == .noResponders else { return }
                guard ContinuousClock.now < deadline else { throw failure(error, .zero) }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Returns the text of a final answer, or why there is none.
    private static func result(_ reply: LLMReply?) -> Result<String, LLMFailure> {
        switch reply {
        case .response(let response)?: .success(response.content)
        case .failure(let failure)?: .failure(failure)
        case .delta?, nil:
            .failure(LLMFailure("the service's answer cannot be read", code: "bad_answer", requestID: ""))
        }
    }

    /// What is to be said of a request that nothing came back of.
    private func failure(_ error: NATSError, _ timeout: Duration) -> CommandFailure {
        switch error.code {
        case .noResponders:
            CommandFailure(
                .unavailable, "No rosey-llm listens on \(servers). Start it with: rosey-llm serve --nats \(servers)")
        case .timeout:
            CommandFailure(.unavailable, "The service did not answer within \(timeout.seconds) s.")
        default:
            CommandFailure(.unavailable, "NATS: \(error)")
        }
    }
}
