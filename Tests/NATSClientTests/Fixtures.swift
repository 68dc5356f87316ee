import FoundationEssentials
import NATSClient
import TestSupport
import Testing

/// Waits for events of a connection, each taken once.
struct Events: Sendable {
    private let stream: AsyncStream<NATSEvent>
    private let continuation: AsyncStream<NATSEvent>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    var handler: @Sendable (NATSEvent) -> Void { { [continuation] event in continuation.yield(event) } }

    /// The next event that matches; those before it are passed over.
    @discardableResult
    func first(where matches: @escaping @Sendable (NATSEvent) -> Bool) async throws -> NATSEvent {
        try await withTimeout { [stream] in
            for await event in stream where matches(event) { return event }
            throw TimedOut()
        }
    }
}

extension NATSEvent {
    var isConnected: Bool { if case .connected = self { true } else { false } }
    var isReconnected: Bool { if case .reconnected = self { true } else { false } }
    var isDisconnected: Bool { if case .disconnected = self { true } else { false } }
    /// Why no server takes the connection.
    var refusal: NATSError.Code? { if case .refused(let error) = self { error.code } else { nil } }
}

/// Options for a test: as a service's, but in more of a hurry.
func options(_ url: String, authentication: NATSAuthentication = .none, tls: NATSTLS? = nil) -> NATSOptions {
    var options = NATSOptions(servers: [url], name: "test")
    options.authentication = authentication
    options.tls = tls
    options.reconnectWait = .milliseconds(20)
    options.reconnectJitter = .milliseconds(10)
    return options
}

/// Runs the body with a connection, which is closed afterwards.
func withConnection<Value>(
    _ options: NATSOptions, events: Events = Events(), _ body: (NATSConnection) async throws -> Value
) async throws -> Value {
    let connection = try await NATSConnection.connect(options, onEvent: events.handler)
    do {
        let value = try await body(connection)
        await connection.close()
        return value
    } catch {
        await connection.close()
        throw error
    }
}

/// Runs the body with a connection to a server of its own.
func withServerAndConnection<Value>(_ body: (NATSTestServer, NATSConnection) async throws -> Value) async throws
    -> Value
{
    try await withNATSServer { server in
        try await withConnection(options(server.url)) { connection in try await body(server, connection) }
    }
}

extension NATSSubscription {
    /// The next so many messages.
    func take(_ count: Int) async throws -> [NATSMessage] {
        try await withTimeout {
            var messages: [NATSMessage] = []
            for await message in self {
                messages.append(message)
                if messages.count == count { break }
            }
            return messages
        }
    }
}

extension NATSMessage {
    var text: String { String(decoding: payload, as: UTF8.self) }
}
