import CMicroHTTPD
import FoundationEssentials
import Glibc

/// A request's head, as libmicrohttpd hands it out; valid during its first call only.
///
/// `@safe`: made and used within that call, in which the buffer that all of it points into does not change.
@safe
struct RequestHead {
    let connection: OpaquePointer
    private let method: UnsafePointer<CChar>
    private let path: UnsafePointer<CChar>
    private let version: UnsafePointer<CChar>
    /// What ``markTarget(_:_:_:)`` said of it.
    private let mark: UnsafeMutableRawPointer

    init(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, path: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>, mark: UnsafeMutableRawPointer
    ) {
        unsafe (self.connection, self.method, self.path) = (connection, method, path)
        unsafe (self.version, self.mark) = (version, mark)
    }

    /// The request without its body, and how that is delimited; nil where it can be read in more ways than one.
    func read(_ exchange: Exchange) -> (request: HTTPServerRequest, framing: MessageFraming?) {
        // SAFETY: libmicrohttpd ends all three with NULs; whether more was sent is looked at below.
        let (method, path, version) = unsafe (
            String(cString: method), String(cString: path), String(cString: version)
        )
        let start = unsafe UInt(bitPattern: self.method)
        let versionStart = unsafe UInt(bitPattern: self.version)
        let reader = HeadReader(start: versionStart + UInt(version.utf8.count) + HeadReader.lineEnd)
        let query = FieldList()
        // SAFETY: both are used during the calls only.
        unsafe MHD_get_connection_values_n(
            connection, .HEADER_KIND, collectHeader, Unmanaged.passUnretained(reader).toOpaque())
        unsafe MHD_get_connection_values_n(
            connection, .GET_ARGUMENT_KIND, collectField, Unmanaged.passUnretained(query).toOpaque())
        let isWhole =
            unsafe UInt(bitPattern: self.path) == start + UInt(method.utf8.count) + 1
            && TargetMark(mark).isEnd(versionStart)
            && reader.isWhole(end: start + UInt(shim_head_size(connection)))
        let request = HTTPServerRequest(
            method: method, path: path, query: query.fields, headers: reader.fields, body: Data(), peer: peer,
            exchange: exchange)
        return (request, isWhole ? MessageFraming(reader.fields, version: version) : nil)
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
