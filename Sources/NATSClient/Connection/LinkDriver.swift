internal import CNATS
internal import Concurrency
internal import Synchronization

/// The part of a connection of the library that lives on its event loop: reads and writes its socket, and delivers.
///
/// What was published during a turn of the loop is written once, at its end.
///
/// `@safe`: the messages that it holds are its own until it destroys them.
@safe final class LinkDriver: LoopParticipant {
    /// Messages are destroyed so many at once: each time the library wakes a thread for it.
    private static let (spentMessages, spentBytes) = (64, 64 << 10)

    private let thread: LoopThread
    private let link: LibraryConnection
    private unowned let connection: NATSConnection
    private var place: LoopThread.Place?
    private var descriptor: Int32?
    private var waitsToWrite = false
    private var subscriptions: [LibrarySubscription] = []
    private var spent: [SendablePointer] = []
    private var spentBytes = 0
    private var isPinging = false
    private var isDelivering = false
    /// Whether to look for messages once more: subscriptions have changed meanwhile.
    private var deliversAgain = false
    /// What goes to another loop, where the handlers are called.
    private var forwarded: [(receiver: NATSDirectSubscription, message: NATSMessage)] = []

    /// Joins the loop and watches the socket.
    init(_ link: LibraryConnection, of connection: NATSConnection, on thread: LoopThread) {
        self.link = link
        self.connection = connection
        self.thread = thread
        let place = thread.join(self)
        self.place = place
        descriptor = link.signals.descriptor
        if let descriptor { thread.watch(descriptor, .readable, for: place) }
        setPingDeadline()
    }

    /// Whether the library has the connection still.
    var isOpen: Bool { descriptor != nil }

    /// Takes messages of a subscription from now on, those that are there already at once.
    func add(_ subscription: LibrarySubscription) {
        subscriptions.append(subscription)
        deliver()
    }

    /// Ends a subscription of the library.
    func remove(_ subscription: LibrarySubscription) {
        deliver()
        guard isOpen else { return }
        subscriptions.removeAll { $0 === subscription }
        subscription.unsubscribe()
    }

    /// Lets the socket go; the library may be told to close it.
    func leave() {
        if let descriptor { thread.unwatch(descriptor) }
        descriptor = nil
        if let place { thread.leave(place) }
        place = nil
        let ended = subscriptions
        subscriptions = []
        for subscription in ended { subscription.receiver.linkEnded(link) }
        destroySpent()
    }

    // MARK: from the library, on the loop

    /// The library is about to close the socket.
    func socketCloses() {
        if let descriptor { thread.unwatch(descriptor) }
        descriptor = nil
    }

    func requestFlush() { if let place { thread.requestFlush(place) } }

    // MARK: in the loop's turn

    func descriptorIsReady(_ descriptor: Int32, _ events: PollEvents) {
        if events.contains(.readable) {
            unsafe natsConnection_ProcessReadEvent(link.pointer)
            deliver()
            if !isOpen { return lost() }
        }
        if events.contains(.writable) { requestFlush() }
    }

    /// Writes what is in the library's buffer, and gives it what waits.
    func flush() {
        // So much a turn, however fast the server reads.
        for _ in 0..<4 {
            let hasMore = connection.moveOutbox(to: link)
            guard isOpen, link.signals.wantsToWrite else { break }
            unsafe natsConnection_ProcessWriteEvent(link.pointer)
            guard isOpen else { return lost() }
            if link.signals.wantsToWrite {
                // The socket is full.
                connection.outbox.withLock { $0.written(left: unsafe Int(natsConnection_Buffered(link.pointer))) }
                return watchForWriting(true)
            }
            connection.outbox.withLock { $0.written(left: 0) }
            if !hasMore { break }
        }
        watchForWriting(false)
        if !connection.outbox.withLock({ $0.isEmpty }) { requestFlush() }
    }

    func deadlineHasCome() {
        guard place != nil, !isPinging else { return }
        isPinging = true
        connection.ping(link)
    }

    /// The server has answered a ping.
    func pinged() {
        isPinging = false
        setPingDeadline()
    }

    private func lost() {
        guard place != nil else { return }
        // The library's own words.
        connection.linkLost(link, reason: unsafe LibraryConnection.lastError(of: link.pointer))
    }

    private func setPingDeadline() {
        guard let place else { return }
        thread.setDeadline(thread.now + UInt64(max(1, connection.options.pingInterval.nanoseconds)), for: place)
    }

    private func watchForWriting(_ waits: Bool) {
        guard waits != waitsToWrite, let descriptor, let place else { return }
        waitsToWrite = waits
        thread.watch(descriptor, waits ? [.readable, .writable] : .readable, for: place)
    }

    private func deliver() {
        deliversAgain = true
        // A handler may subscribe, or end a subscription.
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        let isDirect = link.loop === connection.loop
        while deliversAgain {
            deliversAgain = false
            for subscription in subscriptions {
                while let pointer = unsafe subscription.next() {
                    let message = unsafe NATSMessage(copying: pointer, expected: subscription.subject)
                    spent.append(unsafe SendablePointer(pointer))
                    spentBytes += message.payload.count
                    if isDirect {
                        subscription.receiver.receive(message)
                    } else {
                        forwarded.append((subscription.receiver, message))
                    }
                }
            }
        }
        if !forwarded.isEmpty {
            connection.forward(forwarded)
            forwarded = []
        }
        if spent.count >= Self.spentMessages || spentBytes >= Self.spentBytes { destroySpent() }
    }

    private func destroySpent() {
        for message in spent { unsafe natsMsg_Destroy(message.pointer) }
        spent.removeAll(keepingCapacity: true)
        spentBytes = 0
    }
}
