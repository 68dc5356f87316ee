internal import CNATS
internal import Concurrency
internal import Synchronization

/// The part of a connection of the library that lives on its event loop: reads and writes its socket, and delivers.
///
/// What was published during a turn of the loop is written once, at its end.
///
/// `@safe`: the messages that it holds are its own until it destroys them.
@safe final class LinkDriver: LoopParticipant {
    private let thread: LoopThread
    private let link: LibraryConnection
    private unowned let connection: NATSConnection
    private var place: LoopThread.Place?
    private var descriptor: Int32?
    private var waitsToWrite = false
    private var subscriptions: [LibrarySubscription] = []
    /// What has come since the last delivery, in the order in which it came.
    private var arrivals: [Arrival] = []
    /// What was taken out of the library's lists of subscriptions, and where each is in that.
    private var taken: [(message: SendablePointer, subscription: LibrarySubscription)] = []
    private var places: [SendablePointer: Int] = [:]
    private var isPinging = false
    private var isDelivering = false
    /// Whether to look for messages once more: subscriptions have changed meanwhile.
    private var deliversAgain = false
    /// What goes to another loop, where the handlers are called.
    private var forwarded: [(receiver: any MessageReceiving, message: NATSMessage)] = []

    /// A message of the library that has come.
    private struct Arrival {
        let message: SendablePointer
        /// Whether it is a reply, which no subscription holds: it is the driver's own.
        let isReply: Bool
    }

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
        // Not retained: taken back in `leave()`.
        unsafe natsConn_setFilterWithClosure(
            link.pointer, messageArrived, Unmanaged.passUnretained(self).toOpaque())
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
        unsafe natsConn_setFilterWithClosure(link.pointer, nil, nil)
        for arrival in arrivals where arrival.isReply {
            unsafe natsMsg_free(UnsafeMutableRawPointer(arrival.message.pointer))
        }
        arrivals = []
        let ended = subscriptions
        subscriptions = []
        for subscription in ended { subscription.receiver.linkEnded(link) }
    }

    // MARK: from the library, on the loop

    /// The library is about to close the socket.
    func socketCloses() {
        if let descriptor { thread.unwatch(descriptor) }
        descriptor = nil
    }

    func requestFlush() { if let place { thread.requestFlush(place) } }

    /// A message has come. Returns whether the driver takes it, which it does with replies: of those the library would keep
    /// "no responders" (status 503) for itself, without saying whose request it was.
    fileprivate func arrived(_ message: OpaquePointer) -> Bool {
        let isReply = unsafe connection.requests.isReply(natsMsg_GetSubject(message))
        arrivals.append(Arrival(message: unsafe SendablePointer(message), isReply: isReply))
        return isReply
    }

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

    /// Delivers what has come, whichever subscription it is for, in the order in which it came.
    private func deliver() {
        deliversAgain = true
        // A handler may subscribe, or end a subscription.
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while deliversAgain {
            deliversAgain = false
            for subscription in subscriptions {
                while let pointer = unsafe subscription.next() {
                    let pointer = unsafe SendablePointer(pointer)
                    places[pointer] = taken.count
                    taken.append((pointer, subscription))
                }
            }
            deliverArrivals()
        }
        if !forwarded.isEmpty {
            connection.forward(forwarded)
            forwarded = []
        }
    }

    private func deliverArrivals() {
        var (taken, places, arrivals) = (taken, places, arrivals)
        (self.taken, self.places, self.arrivals) = ([], [:], [])
        for arrival in arrivals {
            if arrival.isReply {
                deliver(arrival.message, to: connection.requests, expected: nil)
            } else if let place = places.removeValue(forKey: arrival.message) {
                let subscription = taken[place].subscription
                deliver(arrival.message, to: subscription.receiver, expected: subscription.subject)
            }
        }
        // What came before its subscription was known here.
        if !places.isEmpty {
            for (message, subscription) in taken where places[message] != nil {
                deliver(message, to: subscription.receiver, expected: subscription.subject)
            }
        }
        taken.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        arrivals.removeAll(keepingCapacity: true)
        if self.taken.isEmpty, self.arrivals.isEmpty {
            (self.taken, self.places, self.arrivals) = (taken, places, arrivals)
        }
    }

    private func deliver(_ pointer: SendablePointer, to receiver: some MessageReceiving, expected: CSubject?) {
        let message = unsafe NATSMessage(copying: pointer.pointer, expected: expected)
        unsafe natsMsg_free(UnsafeMutableRawPointer(pointer.pointer))
        if link.loop === connection.loop { receiver.receive(message) } else { forwarded.append((receiver, message)) }
    }
}

/// What takes messages on the connection's loop: a subscription, or the inbox for replies.
protocol MessageReceiving: Sendable {
    var subject: String { get }
    func receive(_ message: NATSMessage)
}

/// Called by the library on the loop's thread for each message that it has read.
private func messageArrived(
    _: OpaquePointer?, _ message: UnsafeMutablePointer<OpaquePointer?>?, _ closure: UnsafeMutableRawPointer?
) {
    guard let closure = unsafe closure, let message = unsafe message, let pointer = unsafe message.pointee else {
        return
    }
    // The driver is alive: it takes the filter back before it goes.
    if unsafe Unmanaged<LinkDriver>.fromOpaque(closure).takeUnretainedValue().arrived(pointer) {
        unsafe message.pointee = nil
    }
}
