import CMicroHTTPD
import FoundationEssentials
import Glibc

/// The thread's own part of a server: libmicrohttpd's daemon and the requests that it has.
///
/// Made, used and let go on the server's thread only. libmicrohttpd is driven from here instead of by a thread of its
/// own because it does not watch suspended connections: somebody has to notice that their clients go.
///
/// `@safe`: the daemon is private, used on this thread only and stopped once, at the end of `run`.
@safe
final class DaemonLoop {
    let poll: ServerPoll
    private let inbox: ServerInbox
    private let accepted: AcceptedRequests
    private let count: ConnectionCount
    private let options: HTTPServerOptions
    private var daemon: OpaquePointer?
    private var requests: [UInt64: ServedRequest] = [:]
    private var lastID: UInt64 = 0
    private var receiving: ReceivingSockets
    private var lingering: LingeringSockets
    /// The sockets of requests that were answered before their bodies were read.
    private var unread: Set<Int32> = []
    /// Of all bodies that are not whole yet.
    private var heldBytes = 0
    private var nextSweep = ContinuousClock.now
    /// Whether there may be room for a connection where there was none. libmicrohttpd listens again only when it is run.
    private var hasRoom = false
    /// No new requests.
    private var isDraining = false
    private var isStopping = false

    init(
        poll: ServerPoll, inbox: ServerInbox, accepted: AcceptedRequests, count: ConnectionCount,
        options: HTTPServerOptions
    ) {
        self.count = count
        self.poll = poll
        self.inbox = inbox
        self.accepted = accepted
        self.options = options
        lingering = LingeringSockets(poll: poll)
        receiving = ReceivingSockets(limit: options.connectionTimeout)
    }

    /// Bytes for a connection's head, and for what of its body is read at a time. libmicrohttpd clears all of them after
    /// each request, so every connection that was used once takes as much.
    private static var connectionMemory: Int { 16 << 10 }

    /// Starts the daemon on a listening socket. False: there are no descriptors or memory.
    func start(listener: Int32) -> Bool {
        let seconds = min(max(options.connectionTimeout.components.seconds, 1), Int64(UInt32.max / 1000))
        // SAFETY: the daemon is stopped before this object goes.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe daemon = shim_start_daemon(
            listener, UInt32(clamping: max(1, options.maxConnections)), UInt32(seconds), Self.connectionMemory,
            markTarget, handleAccess, context, requestCompleted, context, connectionChanged, context)
        guard let daemon = unsafe daemon else { return false }
        unsafe poll.watch(daemon: shim_daemon_epoll(daemon))
        return true
    }

    /// Serves until it is drained or stopped.
    func run() {
        guard let daemon = unsafe daemon else { return }
        var commands: [ServerInbox.Command] = []
        while !isStopping, !(isDraining && requests.isEmpty) {
            inbox.take(&commands)
            for command in commands { perform(command) }
            hasRoom = false
            unsafe MHD_run(daemon)
            var timeout: UInt64 = 0
            let hasTimeout = unsafe MHD_get_timeout(daemon, &timeout) == .YES
            let mustNotSleep = hasRoom || isStopping || (isDraining && requests.isEmpty) || !inbox.fallAsleep()
            var limit = hasTimeout ? Int32(min(timeout, UInt64(Int32.max))) : -1
            if sweep() { limit = limit < 0 ? 1000 : min(limit, 1000) }
            poll.wait(milliseconds: mustNotSleep ? 0 : limit) { event in
                switch event {
                case .daemon: break
                case .gone(let id): clientGone(id)
                case .lingering(let socket): lingering.empty(socket)
                }
            }
        }
        unsafe finish(daemon)
    }

    /// Cuts off, once a second, who takes too long to send a request. libmicrohttpd itself only looks at silence, and a byte
    /// now and then is none. Returns whether it is to be done again.
    private func sweep() -> Bool {
        if receiving.isEmpty, lingering.isEmpty { return false }
        let now = ContinuousClock.now
        guard now >= nextSweep else { return true }
        nextSweep = now + .seconds(1)
        // libmicrohttpd sees the end of what the client sends, and closes.
        for socket in receiving.takeDue(now: now) { shutdown(socket, Int32(SHUT_RDWR)) }
        lingering.closeDue(now: now)
        return true
    }

    private func perform(_ command: ServerInbox.Command) {
        switch command {
        case .resume(let id): requests[id]?.resume(watchedBy: poll)
        case .drain: drain()
        case .stop: isStopping = true
        }
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        let listener = unsafe MHD_quiesce_daemon(daemon)
        if listener >= 0 { close(listener) }
    }

    private func clientGone(_ id: UInt64) {
        guard let request = requests[id] else { return }
        request.exchange.close()
        // libmicrohttpd then asks for the answer, is told that there is none, and closes the connection.
        request.resume(watchedBy: poll)
    }

    /// Ends what there is. libmicrohttpd must not be stopped while a connection is suspended.
    private func finish(_ daemon: OpaquePointer) {
        isDraining = true
        inbox.close()
        for request in requests.values {
            request.exchange.close()
            request.resume(watchedBy: poll)
        }
        while requests.values.contains(where: { $0.isSuspended }) { unsafe MHD_run(daemon) }
        unsafe MHD_run(daemon)
        unsafe MHD_stop_daemon(daemon)
        lingering.closeAll()
        for request in requests.values { request.exchange.close() }
        requests = [:]
        accepted.finish()
    }
}

// What the callbacks call.
extension DaemonLoop {
    /// A client has come.
    func opened(_ socket: Int32) {
        count.rise()
        receiving.expect(on: socket, now: .now)
    }

    /// A connection is gone.
    func closed(_ socket: Int32) {
        count.fall()
        receiving.remove(socket)
        if unread.remove(socket) != nil { lingering.take(socket, now: .now) }
        hasRoom = true
    }

    /// The head of a request is there. Nil: close the connection.
    func begin(_ head: RequestHead) -> ServedRequest? {
        if isDraining { return nil }
        unsafe receiving.expect(on: shim_connection_socket(head.connection), now: .now)
        lastID += 1
        let exchange = Exchange(id: lastID, inbox: inbox)
        let (request, framing) = head.read(exchange)
        let served = unsafe ServedRequest(
            connection: head.connection, exchange: exchange, request: request, framing: framing,
            limit: options.maxBodyBytes, loop: self)
        requests[lastID] = served
        return served
    }

    /// Lets a request's body come, or answers at once and has the connection closed.
    func admit(_ request: ServedRequest) -> MHD_Result {
        let refusal: HTTPServerResponse? =
            switch request.framing {
            case nil: options.refuse(request.request, .malformed)
            case MessageFraming.none?: nil
            case .chunked?: options.admit(request.request)
            case .length(let length)?: options.admit(request.request) ?? refusal(of: length, request)
            }
        guard let refusal else { return .YES }
        unsafe unread.insert(shim_connection_socket(request.connection))
        return send(refusal, to: request, closing: true)
    }

    private func refusal(of length: Int, _ request: ServedRequest) -> HTTPServerResponse? {
        if length > options.maxBodyBytes { return options.refuse(request.request, .bodyTooLarge) }
        return length > options.maxUnfinishedBytes - heldBytes ? options.refuse(request.request, .overloaded) : nil
    }

    /// Bytes of a body have come. False: there is no room for them.
    func hold(_ count: Int) -> Bool {
        guard count <= options.maxUnfinishedBytes - heldBytes else { return false }
        heldBytes += count
        return true
    }

    /// Bytes of a body are whole with the rest of it, or thrown away.
    func release(_ count: Int) { heldBytes -= count }

    /// A request is whole: ask for its answer, or send it.
    func proceed(_ request: ServedRequest) -> MHD_Result {
        unsafe receiving.remove(shim_connection_socket(request.connection))
        if let reason = request.refusal {
            return send(options.refuse(request.request, reason), to: request, closing: true)
        }
        request.release()
        switch request.exchange.next() {
        case .broken: return .NO
        case .head(let response): return send(response, to: request)
        case .pending:
            request.suspend(watchedBy: poll)
            if !request.isAccepted {
                request.isAccepted = true
                accepted.put(request.handOver())
            }
            return .YES
        }
    }

    /// Its answer is sent, or its connection closed.
    func end(_ request: ServedRequest) {
        requests[request.exchange.id] = nil
        request.release()
        request.exchange.close()
        // On the same connection another may follow.
        unsafe receiving.expect(on: shim_connection_socket(request.connection), now: .now)
    }

    private func send(
        _ response: HTTPServerResponse, to request: ServedRequest, closing: Bool = false
    ) -> MHD_Result {
        let made: OpaquePointer? =
            switch response.body {
            case .whole(let data):
                unsafe data.withUnsafeBytes { bytes in
                    // SAFETY: libmicrohttpd copies the bytes and never writes to the original.
                    unsafe MHD_create_response_from_buffer(
                        bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
                }
            case .stream:
                unsafe MHD_create_response_from_callback(
                    UInt64.max, 16 << 10, readBody, Unmanaged.passRetained(request).toOpaque(), freeBody)
            }
        guard let made = unsafe made else { return .NO }
        defer { unsafe MHD_destroy_response(made) }
        for (name, value) in response.headers where !Self.isOwn(name) {
            // One that cannot be sent (a control character) is the handler's mistake; half an answer would be worse.
            if unsafe MHD_add_response_header(made, name, value) != .YES, Self.isUnsendable(name, value) {
                guard response.status != 500 else { return .NO }
                return send(HTTPServerResponse(500), to: request, closing: closing)
            }
        }
        if isDraining || closing { unsafe MHD_add_response_header(made, "Connection", "close") }
        return unsafe MHD_queue_response(request.connection, UInt32(clamping: response.status), made)
    }

    /// Fields that say how the message is framed, or what time it is.
    private static func isOwn(_ name: String) -> Bool {
        ["content-length", "transfer-encoding", "connection", "date"].contains(name.lowercased())
    }

    private static func isUnsendable(_ name: String, _ value: String) -> Bool {
        name.isEmpty || name.utf8.contains { $0 <= 0x20 || $0 == 0x3A } || value.utf8.contains { $0 < 0x20 && $0 != 9 }
    }
}
