import BusProtocol
import Configuration
import FoundationEssentials
import NATSClient
import ServiceRuntime

/// A plugin like any other: asks a running service over NATS.
struct ServiceClient: Sendable {
    /// The connection it asks over.
    let connection: NATSConnection
    private let servers: String

    /// Connects, does `body`, and hangs up whatever came of it.
    static func with<Result: Sendable>(
        _ nats: Configuration.NATS, _ body: (ServiceClient) async throws(CommandFailure) -> Result
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
    private static func open(_ nats: Configuration.NATS, patience: Duration = .seconds(3)) async throws(CommandFailure)
        -> ServiceClient
    {
        let servers = nats.servers.joined(separator: ", ")
        let story = ConnectionStory(log: Log(write: { _ in }), servers: nats.servers)
        let connection: NATSConnection
        do {
            connection = try await NATSConnection.connect(
                NATSOptions(nats, name: "rosey-llm-cli"), onEvent: story.tell)
        } catch {
            throw CommandFailure(nats: error)
        }
        let deadline = ContinuousClock.now + patience
        while !connection.isConnected {
            guard ContinuousClock.now < deadline else {
                await connection.close()
                throw CommandFailure(
                    .unavailable,
                    "No NATS server answers at \(servers)\(story.lastError.map { " (\($0))" } ?? ""). Start one "
                        + "(nats-server), name another with --nats, see to the login in the section nats, or let "
                        + "deploy/run start everything.")
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return ServiceClient(connection: connection, servers: servers)
    }

    /// Asks, and waits for the one answer. Where nobody listens yet, it asks again until `startup` is over.
    func ask(
        _ payload: [UInt8], on subject: String, timeout: Duration, startup: Duration = .seconds(5)
    ) async throws(CommandFailure) -> Result<String, LLMFailure> {
        let deadline = ContinuousClock.now + startup
        while true {
            do throws(NATSError) {
                let message = try await connection.request(payload, to: subject, timeout: timeout)
                return Self.result(LLMReply.decode(message.payload))
            } catch {
                guard error.code == .noResponders, ContinuousClock.now < deadline else { throw failure(error, timeout) }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Asks, and shows the answer as it comes. Where nobody listens yet, it asks again until `startup` is over.
    ///
    /// - Parameters:
    ///   - payload: a request with `"stream": true`.
    ///   - timeout: for the first reply, and from each to the next.
    ///   - shown: where it is shown; its line is ended whatever comes of it.
    /// - Returns: the failure, where there is one; it is not shown.
    func ask(
        _ payload: [UInt8], on subject: String, timeout: Duration, startup: Duration = .seconds(5),
        into shown: inout SpokenAnswer
    ) async throws(CommandFailure) -> String? {
        defer { shown.endLine() }
        let deadline = ContinuousClock.now + startup
        while true {
            do throws(NATSError) {
                switch try await receive(payload, on: subject, timeout: timeout, into: &shown) {
                case .success(let content):
                    shown.finish(content)
                    return nil
                case .failure(let failure):
                    return failure.text
                }
            } catch {
                guard error.code == .noResponders, ContinuousClock.now < deadline else { throw failure(error, timeout) }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func receive(
        _ payload: [UInt8], on subject: String, timeout: Duration, into shown: inout SpokenAnswer
    ) async throws(NATSError) -> Result<String, LLMFailure> {
        var replies = try connection.requestMany(payload, to: subject, idleTimeout: timeout).makeAsyncIterator()
        while let message = try await replies.next() {
            let reply = LLMReply.decode(message.payload)
            guard case .delta(let delta)? = reply else { return Self.result(reply) }
            shown.add(delta.content)
        }
        return Self.result(nil)
    }

    /// Returns the text of a final answer, or why there is none.
    static func result(_ reply: LLMReply?) -> Result<String, LLMFailure> {
        switch reply {
        case .response(let response)?: .success(response.content)
        case .failure(let failure)?: .failure(failure)
        case .delta?, nil:
            .failure(LLMFailure("the service's answer cannot be read", code: "bad_answer", requestID: ""))
        }
    }

    /// What is to be said of a request that nothing came back of.
    func failure(_ error: NATSError, _ timeout: Duration) -> CommandFailure {
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
