import CMicroHTTPD
import Concurrency
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
    /// What the handler gets, once its body is whole.
    private(set) var request: HTTPServerRequest
    /// How its body is delimited; nil where that is not clear.
    let framing: MessageFraming?
    private let limit: Int
    private var received = 0
    /// How many bytes of its body count among those that are not whole yet.
    private var heldBytes = 0
    /// Why nothing more of its body is kept.
    private(set) var refusal: HTTPServerRefusal?
    /// Suspended connections are watched by us.
    private(set) var isSuspended = false
    /// Whether its handler was asked for an answer.
    var isAccepted = false
    private unowned let loop: DaemonLoop

    init(
        connection: OpaquePointer, exchange: Exchange, request: HTTPServerRequest, framing: MessageFraming?, limit: Int,
        loop: DaemonLoop
    ) {
        unsafe self.connection = connection
        self.exchange = exchange
        self.request = request
        self.framing = framing
        self.limit = limit
        self.loop = loop
    }

    /// Takes a piece of the body; of one that is refused it only counts. False: that is enough.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        received += bytes.count
        if refusal == nil {
            if received > limit {
                refuse(.bodyTooLarge)
            } else if !loop.hold(bytes.count) {
                refuse(.overloaded)
            } else {
                heldBytes += bytes.count
                unsafe request.body.append(contentsOf: bytes)
            }
        }
        // So much is read and thrown away for the client to get its answer instead of a reset.
        return received <= 16 * max(limit, 64 << 10)
    }

    private func refuse(_ reason: HTTPServerRefusal) {
        refusal = reason
        request.body = Data()
        release()
    }

    /// Its body is whole, or given up.
    func release() {
        loop.release(heldBytes)
        heldBytes = 0
    }

    /// What the handler gets; afterwards it alone has the body.
    func handOver() -> HTTPServerRequest {
        defer { request.body = Data() }
        return request
    }

    func suspend() {
        guard !isSuspended else { return }
        isSuspended = true
        unsafe MHD_suspend_connection(connection)
        unsafe loop.watch(exchange.id, on: shim_connection_socket(connection))
    }

    func resume() {
        guard isSuspended else { return }
        isSuspended = false
        unsafe loop.unwatch(shim_connection_socket(connection))
        unsafe MHD_resume_connection(connection)
    }

    /// libmicrohttpd wants more of the streamed body. Returns what its callback is to return.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch exchange.read(atMost: buffer.count) {
        case .bytes(let bytes, let writer):
            unsafe bytes.copyBytes(to: buffer)
            writer?.resume()
            return bytes.count
        case .starved:
            suspend()
            return 0
        case .end: return -1
        case .broken: return -2
        }
    }
}
