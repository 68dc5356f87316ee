internal import CNATS
internal import Dispatch
internal import Synchronization

/// A connection to NATS that comes back by itself, for ever, until ``close()``.
///
/// It lives until it is closed by its owner: the library's threads hold it. None of its methods blocks a thread of
/// Swift's, but for ``publish(_:to:reply:headers:)``, which writes to the socket.
package final class NATSConnection: Sendable {
    typealias State = ConnectionState<LibraryConnection, CheckedContinuation<Void, Never>>

    let options: NATSOptions
    let requests: RequestInbox
    /// Entered for each callback object that the library holds, left at its last call.
    let completions = DispatchGroup()
    let state = Mutex(State())
    private let onEvent: @Sendable (NATSEvent) -> Void
    private let hasBeenConnected = Atomic(false)
    let subscriptions = Mutex<[ObjectIdentifier: NATSSubscription]>([:])

    private init(_ options: NATSOptions, onEvent: @escaping @Sendable (NATSEvent) -> Void) {
        self.options = options
        self.onEvent = onEvent
        requests = RequestInbox(inboxPrefix: options.inboxPrefix)
    }

    /// Connects, and goes on trying in the background if no server is there or it refuses us.
    /// - Parameters:
    ///   - options: where and how.
    ///   - onEvent: told what happens, one event after the other, on a thread of the library: it must not block.
    /// - Returns: the connection, which may not be connected yet: see ``isConnected`` and ``NATSEvent/connected(server:)``.
    /// - Throws: ``NATSError/Code/badOptions`` for what can never work: a URL, a credentials or certificate file.
    package static func connect(
        _ options: NATSOptions, onEvent: @escaping @Sendable (NATSEvent) -> Void
    ) async throws(NATSError) -> NATSConnection {
        let connection = NATSConnection(options, onEvent: onEvent)
        let outcome = await BlockingWork.run { connection.tryOnce() }
        try outcome.get()
        return connection
    }

    /// Whether a server is connected now.
    package var isConnected: Bool { link?.isConnected ?? false }

    /// The same, for who must not block: the library may be busy writing.
    package func hasServer() async -> Bool { await BlockingWork.run { self.isConnected } }

    /// Whether its owner has closed it, or is about to.
    package var isClosed: Bool { state.withLock { $0.isClosing } }

    /// The largest payload that the server takes, headers included; 1 MiB (NATS' default) until one was connected.
    package var maxPayload: Int { link?.maxPayload ?? Self.defaultMaxPayload }

    /// The connected server's URL, without user and password.
    package var connectedServer: String? { link?.server }

    /// Waits until the server has got everything that was published before.
    /// - Throws: ``NATSError/Code/timeout``, ``NATSError/Code/notConnected``, ``NATSError/Code/closed``.
    package func flush(timeout: Duration) async throws(NATSError) {
        let link = try usableLink()
        if let error = await BlockingWork.run({ link.flush(timeout: timeout) }) { throw corrected(error) }
    }

    // MARK: for the other files

    static let defaultMaxPayload = 1 << 20

    var link: LibraryConnection? { state.withLock { $0.link } }

    /// The library's connection, or why there is none.
    func usableLink() throws(NATSError) -> LibraryConnection {
        let (link, isClosing) = state.withLock { ($0.link, $0.isClosing) }
        if let link { return link }
        throw isClosing
            ? .connectionClosed : NATSError(.notConnected, "no NATS server is connected: it refuses the sign-in")
    }

    /// "Closed" is what the library also says when it has given up, and we have not.
    func corrected(_ error: NATSError) -> NATSError {
        guard error.code == .closed, !state.withLock({ $0.isClosing }) else { return error }
        return NATSError(.notConnected, "no NATS server is connected", detail: error.detail)
    }

    func tell(_ event: NATSEvent) { onEvent(event) }

    func opened(server: String, again: Bool) {
        let isFirst = !hasBeenConnected.exchange(true, ordering: .relaxed)
        tell(isFirst ? .connected(server: server) : .reconnected(server: server))
    }

    func reconnectDelay() -> Duration {
        options.reconnectWait + options.reconnectJitter * Double.random(in: 0..<1)
    }
}
