import CMicroHTTPD
import FoundationEssentials
import Glibc

/// A request while libmicrohttpd has it: from the end of its head until its answer is sent.
///
/// Lives on the server's thread only. `@safe`: the connection is libmicrohttpd's, and valid until it reports the request
/// as completed, which is when this object goes.
@safe
final class ServedRequest {
    let connection: OpaquePointer
    let exchange: Exchange
    let method: String
    let path: String
    private let limit: Int
    private var body = Data()
    private var received = 0
    /// Suspended connections are watched by us.
    private(set) var isSuspended = false
    /// Whether its handler was asked for an answer.
    var isAccepted = false
    private unowned let loop: DaemonLoop

    init(connection: OpaquePointer, exchange: Exchange, method: String, path: String, limit: Int, loop: DaemonLoop) {
        unsafe self.connection = connection
        self.exchange = exchange
        self.method = method
        self.path = path
        self.limit = limit
        self.loop = loop
    }

    var isTooLarge: Bool { received > limit }

    /// Takes a piece of the body; beyond the limit it only counts. False: that is enough.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        received += bytes.count
        if received <= limit { unsafe body.append(contentsOf: bytes) } else { body = Data() }
        // So much is read and thrown away for the client to get its 413 instead of a reset.
        return received <= 16 * max(limit, 64 << 10)
    }

    func suspend(watchedBy poll: ServerPoll) {
        guard !isSuspended else { return }
        isSuspended = true
        unsafe MHD_suspend_connection(connection)
        unsafe poll.watch(exchange: exchange.id, socket: shim_connection_socket(connection))
    }

    func resume(watchedBy poll: ServerPoll) {
        guard isSuspended else { return }
        isSuspended = false
        unsafe poll.unwatch(socket: shim_connection_socket(connection))
        unsafe MHD_resume_connection(connection)
    }

    /// What the handler gets.
    func request() -> HTTPServerRequest {
        HTTPServerRequest(
            method: method, path: path, query: fields(.GET_ARGUMENT_KIND), headers: fields(.HEADER_KIND),
            body: body, peer: peer, exchange: exchange)
    }

    /// libmicrohttpd wants more of the streamed body. Returns what its callback is to return.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch exchange.read(atMost: buffer.count) {
        case .bytes(let bytes, let writer):
            unsafe bytes.copyBytes(to: buffer)
            writer?.resume()
            return bytes.count
        case .starved:
            suspend(watchedBy: loop.poll)
            return 0
        case .end: return -1
        case .broken: return -2
        }
    }

    private func fields(_ kind: MHD_ValueKind) -> [(name: String, value: String)] {
        let list = FieldList()
        // SAFETY: the list is used during the call only.
        unsafe MHD_get_connection_values_n(
            connection, kind, collectField, Unmanaged.passUnretained(list).toOpaque())
        return list.fields
    }

    private var peer: String {
        guard let address = unsafe shim_connection_peer(connection) else { return "" }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let isSix = unsafe Int32(address.pointee.sa_family) == AF_INET6
        let size = isSix ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        // SAFETY: libmicrohttpd keeps an address of that family's size; the text is ended within its buffer.
        guard
            unsafe getnameinfo(address, socklen_t(size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Collects what libmicrohttpd iterates over.
final class FieldList {
    var fields: [(name: String, value: String)] = []
}
