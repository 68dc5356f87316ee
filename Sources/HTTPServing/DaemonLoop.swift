import CMicroHTTPD
import Concurrency
import FoundationEssentials
import Glibc
import Synchronization

/// The event loop's own part of a server: libmicrohttpd's daemon and the requests that it has.
///
/// Made, used and let go on the loop's thread only. libmicrohttpd is driven from here instead of by a thread of its own
/// because it does not watch suspended connections: somebody has to notice that their clients go.
///
/// `@safe`: the daemon is private, used on this thread only and stopped once, by `finish`.
@safe
final class DaemonLoop: LoopParticipant {
    /// How many connections may linger, and how long.
    private static let maxLingering = 64
    private static let lingeringTime = Duration.seconds(2)

    private let thread: LoopThread
    private let server: ServerDaemon
    private let options: HTTPServerOptions
    /// Its place in the loop; nil before it has started and after its end.
    private var place: LoopThread.Place?
    private var daemon: OpaquePointer?
    /// libmicrohttpd's own epoll descriptor.
    private var descriptor: Int32 = -1
    private var requests: [UInt64: ServedRequest] = [:]
    private var lastID: UInt64 = 0
    /// The requests whose connections are suspended, by their sockets.
    private var suspended: [Int32: UInt64] = [:]
    /// The sockets on which a request, or the rest of one, is awaited. libmicrohttpd itself only looks at silence, and a byte
    /// now and then is none.
    private var receiving = DeadlineHeap()
    /// Copies of the sockets of connections that are over, but whose clients may still be sending a body that nobody reads.
    /// Were such a one closed at once the system would reset it, and the client might never see its answer; so it is read
    /// empty for a while.
    private var lingering = DeadlineHeap()
    /// The sockets of requests that were answered before their bodies were read.
    private var unread: Set<Int32> = []
    /// Of all bodies that are not whole yet.
    private var heldBytes = 0
    /// Whether there may be room for a connection where there was none. libmicrohttpd listens again only when it is run.
    private var hasRoom = false
    /// No new requests.
    private var isDraining = false
    private var isStopping = false

    init(_ thread: LoopThread, _ server: ServerDaemon, _ options: HTTPServerOptions) {
        (self.thread, self.server, self.options) = (thread, server, options)
    }

    /// Bytes for a connection's head, and for what of its body is read at a time. libmicrohttpd clears all of them after
    /// each request, so every connection that was used once takes as much.
    private static var connectionMemory: Int { 16 << 10 }

    /// Starts the daemon on a listening socket, and joins the loop. False: there are no descriptors or memory.
    func start(listener: Int32) -> Bool {
        let seconds = min(max(options.connectionTimeout.components.seconds, 1), Int64(UInt32.max / 1000))
        // SAFETY: the daemon is stopped before this object goes.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe daemon = shim_start_daemon(
            listener, UInt32(clamping: max(1, options.maxConnections)), UInt32(seconds), Self.connectionMemory,
            markTarget, handleAccess, context, requestCompleted, context, connectionChanged, context)
        guard let daemon = unsafe daemon else { return false }
        let place = thread.join(self)
        self.place = place
        unsafe descriptor = shim_daemon_epoll(daemon)
        thread.watch(descriptor, .readable, for: place)
        requestSettling()
        return true
    }

    // MARK: what tasks ask for

    /// A request's handler has something to send.
    func resume(_ id: UInt64) {
        requests[id]?.resume()
        requestSettling()
    }

    /// Takes no new requests, and ends when those in work are answered.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        let listener = unsafe MHD_quiesce_daemon(daemon)
        if listener >= 0 { close(listener) }
        requestSettling()
    }

    /// Ends at once.
    func stop() {
        isStopping = true
        requestSettling()
    }

    // MARK: in the loop's turn

    func descriptorIsReady(_ descriptor: Int32, _ events: PollEvents) {
        if let id = suspended[descriptor], let request = requests[id] {
            // libmicrohttpd then asks for the answer, is told that there is none, and closes the connection.
            request.exchange.close()
            request.resume()
        } else if descriptor != self.descriptor {
            empty(descriptor)
        }
        requestSettling()
    }

    func deadlineHasCome() { requestSettling() }

    /// Has libmicrohttpd do what there is to do, and cuts off who takes too long.
    func settle() {
        guard let daemon = unsafe daemon else { return }
        if isOver { return unsafe finish(daemon) }
        hasRoom = false
        unsafe MHD_run(daemon)
        // libmicrohttpd sees the end of what the client sends, and closes.
        while let socket = receiving.popExpired(at: thread.now) { shutdown(Int32(socket), Int32(SHUT_RDWR)) }
        while let socket = lingering.popExpired(at: thread.now) { endLingering(Int32(socket)) }
        var milliseconds: UInt64 = 0
        var next = min(receiving.earliest ?? LoopThread.never, lingering.earliest ?? LoopThread.never)
        if unsafe MHD_get_timeout(daemon, &milliseconds) == .YES {
            next = min(next, thread.now + min(milliseconds, UInt64(Int32.max)) * 1_000_000)
        }
        if hasRoom || isOver || next <= thread.now { return requestSettling() }
        if let place { thread.setDeadline(next, for: place) }
    }

    private var isOver: Bool { isStopping || (isDraining && requests.isEmpty) }

    private func requestSettling() { if let place { thread.requestSettling(place) } }

    /// Ends what there is. libmicrohttpd must not be stopped while a connection is suspended.
    private func finish(_ daemon: OpaquePointer) {
        isDraining = true
        for request in requests.values {
            request.exchange.close()
            request.resume()
        }
        while requests.values.contains(where: { $0.isSuspended }) { unsafe MHD_run(daemon) }
        unsafe MHD_run(daemon)
        thread.unwatch(descriptor)
        unsafe MHD_stop_daemon(daemon)
        unsafe self.daemon = nil
        while let socket = lingering.popExpired(at: .max) { endLingering(Int32(socket)) }
        for request in requests.values { request.exchange.close() }
        requests = [:]
        if let place { thread.leave(place) }
        place = nil
        server.finished(thread)
    }

    // MARK: sockets

    /// Something is to come on a socket: the head of a request, or its body.
    private func expect(on socket: Int32) {
        receiving.set(Int(socket), thread.now + UInt64(max(0, options.connectionTimeout.nanoseconds)))
    }

    /// Has the client of a suspended request watched: whether it goes.
    func watch(_ id: UInt64, on socket: Int32) {
        guard let place else { return }
        suspended[socket] = id
        thread.watch(socket, .hangup, for: place)
    }

    func unwatch(_ socket: Int32) {
        suspended[socket] = nil
        thread.unwatch(socket)
    }

    /// Keeps a connection open that libmicrohttpd is about to close; where there are many, it is closed at once.
    private func linger(_ socket: Int32) {
        guard lingering.count < Self.maxLingering, let place else { return }
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        shutdown(copy, Int32(SHUT_WR))
        lingering.set(Int(copy), thread.now + UInt64(Self.lingeringTime.nanoseconds))
        thread.watch(copy, .readable, for: place)
    }

    /// Something has come on a connection that is over, or its end.
    private func empty(_ socket: Int32) {
        // With MSG_TRUNC a TCP socket's bytes are thrown away, and nothing written.
        let count = recv(socket, nil, 1 << 20, Int32(MSG_DONTWAIT | MSG_TRUNC))
        guard count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) else { return }
        lingering.remove(Int(socket))
        endLingering(socket)
    }

    private func endLingering(_ socket: Int32) {
        // Closing alone does not end the watch where a process that is just being started has the socket still, and its
        // number may be another's by then.
        thread.unwatch(socket)
        close(socket)
    }
}

// What the callbacks call.
extension DaemonLoop {
    /// A client has come.
    func opened(_ socket: Int32) {
        server.connections.wrappingAdd(1, ordering: .relaxed)
        expect(on: socket)
    }

    /// A connection is gone.
    func closed(_ socket: Int32) {
        server.connections.wrappingSubtract(1, ordering: .relaxed)
        receiving.remove(Int(socket))
        if unread.remove(socket) != nil { linger(socket) }
        hasRoom = true
    }

    /// The head of a request is there. Nil: close the connection.
    func begin(_ head: RequestHead) -> ServedRequest? {
        if isDraining { return nil }
        unsafe expect(on: shim_connection_socket(head.connection))
        lastID += 1
        let exchange = Exchange(id: lastID, daemon: server)
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
        unsafe receiving.remove(Int(shim_connection_socket(request.connection)))
        if let reason = request.refusal {
            return send(options.refuse(request.request, reason), to: request, closing: true)
        }
        request.release()
        switch request.exchange.next() {
        case .broken: return .NO
        case .head(let response): return send(response, to: request)
        case .pending:
            request.suspend()
            if !request.isAccepted {
                request.isAccepted = true
                server.accepted.continuation.yield(request.handOver())
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
        unsafe expect(on: shim_connection_socket(request.connection))
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
