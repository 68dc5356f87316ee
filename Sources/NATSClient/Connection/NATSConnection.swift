package import Concurrency
internal import Dispatch
internal import Synchronization

/// A connection to NATS that comes back by itself, for ever, until ``close()``.
///
/// Its socket is read and written by an event loop, on which handlers of messages are called. A socket with TLS has a loop of
/// its own, since the library's reading and writing may block there; its messages are handed to the connection's loop.
///
/// It lives until it is closed by its owner. None of its methods blocks.
package final class NATSConnection: Sendable {
    let options: NATSOptions
    /// The event loop on which handlers are called.
    package let loop: EventLoop
    let requests: RequestInbox
    /// Entered for each connection of the library, left at its last callback.
    let completions = DispatchGroup()
    let state = Mutex(ConnectionState<LibraryConnection>())
    /// Opened when the closing is done.
    let closed = Latch()
    private let onEvent: @Sendable (NATSEvent) -> Void
    private let connections = Atomic(0)
    /// The last failure told, so that a server that is long away fills no log.
    private let lastFailure = Mutex("")
    let denials = Mutex<Set<NATSPermission>>([])
    private let lastMaxPayload = Atomic(NATSConnection.defaultMaxPayload)
    let outbox: Mutex<Outbox<LibraryConnection>>
    let subscriptions = Mutex<[ObjectIdentifier: NATSDirectSubscription]>([:])
    /// Servers that others have told of.
    let discovered = Mutex<[String]>([])
    /// The loop of sockets with TLS, once there was one.
    let secureLoop = Mutex<EventLoop?>(nil)
    /// Messages on their way from that loop.
    let forwarding = Atomic(0)

    private init(_ options: NATSOptions, loop: EventLoop, onEvent: @escaping @Sendable (NATSEvent) -> Void) {
        self.options = options
        self.loop = loop
        self.onEvent = onEvent
        outbox = Mutex(Outbox(limit: options.reconnectBufferBytes))
        requests = RequestInbox(inboxPrefix: options.inboxPrefix)
    }

    /// Connects, and goes on trying in the background if no server is there or it refuses us.
    /// - Parameters:
    ///   - options: where and how.
    ///   - loop: the event loop to work on, which is to outlive the connection.
    ///   - onEvent: told what happens, on the loop or on a thread of the library: it must not block.
    /// - Returns: the connection, which may not be connected yet: see ``isConnected`` and ``NATSEvent/connected(server:)``.
    /// - Throws: ``NATSError/Code/badOptions`` for what can never work: a URL, a credentials or certificate file.
    package static func connect(
        _ options: NATSOptions, loop: EventLoop = .shared, onEvent: @escaping @Sendable (NATSEvent) -> Void
    ) async throws(NATSError) -> NATSConnection {
        let connection = NATSConnection(options, loop: loop, onEvent: onEvent)
        if case .failure(let error) = await BlockingWork.run({ connection.tryOnce() }) {
            if error.code == .badOptions { throw error }
            connection.tell(.disconnected(reason: "no NATS server takes the connection; trying on"))
            connection.refused(error)
            connection.retryLater()
        }
        return connection
    }

    /// Whether a server is connected now.
    package var isConnected: Bool { link != nil }

    /// How often it has been connected: what was heard before it grew may have been followed by more that was not.
    package var generation: Int { connections.load(ordering: .relaxed) }

    /// The same as ``isConnected``.
    package func hasServer() async -> Bool { isConnected }

    /// Whether its owner has closed it, or is about to.
    package var isClosed: Bool { state.withLock { $0.isClosing } }

    /// The largest payload that the server takes, headers included; 1 MiB (NATS' default) until one was connected.
    package var maxPayload: Int { lastMaxPayload.load(ordering: .relaxed) }

    /// The connected server's URL, without user and password.
    package var connectedServer: String? { link?.server }

    /// Waits until the server has got everything that was published before, and what it had sent by then is delivered.
    /// - Throws: ``NATSError/Code/timeout``, ``NATSError/Code/notConnected``, ``NATSError/Code/closed``.
    package func flush(timeout: Duration) async throws(NATSError) {
        try checkOpen()
        if let error = await BlockingWork.run({ self.flushNow(timeout: timeout) }) { throw corrected(error) }
        // What the server had sent before its answer has been delivered then.
        if let link { await link.loop.run {} }
    }

    /// What the connected server does not permit, as far as it was tried: complete for all that was sent before the last
    /// ``flush(timeout:)``; at most ``maxDenied``.
    package var denied: Set<NATSPermission> { denials.withLock { $0 } }

    /// How many missing permissions are told of and known, for each connection to a server.
    package static let maxDenied = 256

    /// Finds out what is wrong with the servers, where one that could be reached would have said more.
    /// - Returns: the first fault found; nil where a NATS server is there.
    package static func probe(_ options: NATSOptions) async -> NATSError? {
        await BlockingWork.run {
            var first: NATSError?
            for server in options.servers {
                let probe = ServerProbe(server, hasCertificate: options.tls?.certificateFile != nil)
                guard let error = probe.run(timeout: options.connectTimeout) else { return nil }
                first = first ?? error
            }
            return first
        }
    }

    // MARK: for the other files

    static let defaultMaxPayload = 1 << 20

    /// The library's connection to a server, while there is one.
    var link: LibraryConnection? { outbox.withLock { $0.link } }

    /// - Throws: ``NATSError/Code/closed``.
    func checkOpen() throws(NATSError) { if state.withLock({ $0.isClosing }) { throw .connectionClosed } }

    /// "Closed" is what the library also says when it has given up, and we have not.
    func corrected(_ error: NATSError) -> NATSError {
        guard error.code == .closed, !state.withLock({ $0.isClosing }) else { return error }
        return NATSError(.notConnected, "no NATS server is connected", detail: error.detail)
    }

    func tell(_ event: NATSEvent) { onEvent(event) }

    /// A failure, told once until there is another or a connection.
    func failed(_ text: String) {
        let isNew = lastFailure.withLock { last in
            defer { last = text }
            return last != text
        }
        if isNew { tell(.error(text)) }
    }

    /// No server takes the connection: told once until there is another reason or a connection.
    func refused(_ error: NATSError) {
        let isNew = lastFailure.withLock { last in
            defer { last = error.message }
            return last != error.message
        }
        if isNew { tell(.refused(error)) }
    }

    /// The server does not permit something.
    func denied(_ permission: NATSPermission) {
        let isNew = denials.withLock { $0.count < Self.maxDenied && $0.insert(permission).inserted }
        if isNew { tell(.denied(permission)) }
    }

    func opened(_ link: LibraryConnection) {
        lastFailure.withLock { $0 = "" }
        denials.withLock { $0 = [] }
        lastMaxPayload.store(link.maxPayload, ordering: .relaxed)
        let isFirst = connections.add(1, ordering: .relaxed).newValue == 1
        tell(isFirst ? .connected(server: link.server) : .reconnected(server: link.server))
    }

    func reconnectDelay() -> Duration {
        options.reconnectWait + options.reconnectJitter * Double.random(in: 0..<1)
    }
}
