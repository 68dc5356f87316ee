internal import CNATS
internal import Concurrency
internal import Synchronization

/// A subscription whose handler is called on the connection's event loop for each message: no task, no buffer, no hop.
///
/// The handler must not block nor take long: everything else on the loop waits meanwhile. There is no bound, as nothing
/// waits here: while the loop is busy, messages wait in the socket and at the server.
///
/// It follows every reconnect and lives until ``drain()`` or ``NATSConnection/close()``.
package final class NATSDirectSubscription: MessageReceiving {
    private struct State {
        var library: LibrarySubscription?
        var isEnding = false
    }

    /// How long draining may take.
    private static let drainTimeout = Duration.seconds(5)

    /// The subject, with wildcards.
    package let subject: String
    /// The queue group, of which one member gets each message.
    package let queueGroup: String?
    private let subjectForLibrary: CSubject
    private let connection: NATSConnection
    private let onMessage: @Sendable (NATSMessage) -> Void
    private let onEnd: @Sendable () -> Void
    private let state = Mutex(State())
    /// For the handler's way, without a lock: whether ``ended`` is about to be opened.
    private let isOver = Atomic(false)
    private let ended = Latch()

    init(
        _ subject: String, queueGroup: String?, connection: NATSConnection,
        onMessage: @escaping @Sendable (NATSMessage) -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        self.subject = subject
        self.queueGroup = queueGroup
        subjectForLibrary = CSubject(subject)
        self.connection = connection
        self.onMessage = onMessage
        self.onEnd = onEnd
    }

    /// Ends the subscription: what the server had sent before is still delivered.
    ///
    /// Returns after the last call of the handler. Is not cut short by cancellation.
    package func drain() async {
        let (library, isFirst) = state.withLock { state in
            defer { state.isEnding = true }
            return (state.library, !state.isEnding)
        }
        // Without a connection nothing more can come.
        guard let library else { return end() }
        guard isFirst else { return await ended.wait() }
        await BlockingWork.run { library.drain(timeout: Self.drainTimeout) }
        await connection.remove(library)
        end()
    }

    /// Ends the subscription without waiting; the handler may be called once more meanwhile.
    func abandon() {
        let library = state.withLock { state in
            state.isEnding = true
            return state.library
        }
        if let library { library.link.signals.perform { $0.remove(library) } }
        end()
    }

    // MARK: for the connection

    /// Subscribes on a connection of the library, unless it is ending or has done so. Returns what its loop is to take
    /// messages from.
    func attach(to link: LibraryConnection) throws(NATSError) -> LibrarySubscription? {
        try state.withLock { state throws(NATSError) in
            if state.isEnding || state.library?.link === link { return nil }
            let library = try LibrarySubscription.start(
                self, on: link, subject: subjectForLibrary, queueGroup: queueGroup)
            state.library = library
            return library
        }
    }

    /// A message has come; on the connection's loop.
    func receive(_ message: NATSMessage) { if !isOver.load(ordering: .relaxed) { onMessage(message) } }

    /// A connection of the library is gone. There will be another, unless the subscription was ending anyway.
    func linkEnded(_ link: LibraryConnection) {
        let isEnding = state.withLock { state in
            if state.library?.link === link { state.library = nil }
            return state.isEnding
        }
        if isEnding { end() }
    }

    /// Nothing more comes.
    func end() {
        state.withLock { $0 = State(isEnding: true) }
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        connection.forget(self)
        onEnd()
        ended.open()
    }
}
