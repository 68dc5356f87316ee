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
        var request = HTTPServerRequest(
            method: method, path: path, query: query.fields, headers: reader.fields, peer: peer)
        request.exchange = exchange
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

/// Reads a request's head where it lies in libmicrohttpd's buffer, as it came but for NULs in place of what divides it.
///
/// libmicrohttpd takes a NUL that was sent for such a division, forgets what comes after it, and forgives more that
/// others read otherwise: line ends of one character, continued lines, spaces before a colon. So every part has to begin
/// exactly where the one before it ends, and the last of them to end with the head.
final class HeadReader {
    private(set) var fields: [(name: String, value: String)] = []
    private var isSound = true
    /// The address at which the next part is to begin.
    private var next: UInt

    /// - Parameter start: where the first field is to begin, or the empty line.
    init(start: UInt) { next = start }

    /// Takes the next field.
    func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        let nameStart = UInt(bitPattern: name.baseAddress)
        let valueStart = UInt(bitPattern: value.baseAddress)
        // Behind a name there was a colon.
        if nameStart != next || valueStart <= nameStart + UInt(name.count) { isSound = false }
        // SAFETY: libmicrohttpd gives the sizes with the strings.
        let isName = unsafe name.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        let isValue = unsafe value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        if !isName || !isValue { isSound = false }
        next = valueStart + UInt(value.count) + Self.lineEnd
        unsafe fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    /// Whether all of the head was read.
    /// - Parameter end: where it ends, the empty line included.
    func isWhole(end: UInt) -> Bool { isSound && next + Self.lineEnd == end }

    /// CR and LF.
    static var lineEnd: UInt { 2 }
}

/// What is known of a request's target from before it is decoded in its place: where it ends, and so where the version is
/// to begin. A NUL within it makes another end of it, and an encoded one in its path makes it none.
///
/// Lies in libmicrohttpd's word for a request until there is a ``ServedRequest``, from whose address it differs by
/// its lowest bit.
///
/// `@safe`: the word is never used as an address.
@safe
struct TargetMark {
    let word: UnsafeMutableRawPointer?

    /// - Parameter target: as it came.
    init(of target: UnsafePointer<CChar>) {
        var end = 0
        var isPath = true
        var isHidden = false
        // SAFETY: it is ended by a NUL, and nothing behind that is read.
        while unsafe target[end] != 0 {
            if unsafe target[end] == CChar(ascii: "?") { isPath = false }
            if isPath, unsafe target[end] == CChar(ascii: "%"), unsafe target[end + 1] == CChar(ascii: "0"),
                unsafe target[end + 2] == CChar(ascii: "0")
            {
                isHidden = true
            }
            end += 1
        }
        let address = UInt(bitPattern: target) + UInt(end) + 1
        unsafe word = UnsafeMutableRawPointer(bitPattern: isHidden ? 1 : address << 1 | 1)
    }

    init(_ word: UnsafeMutableRawPointer) { unsafe self.word = word }

    /// Whether it is one, and no request's address.
    var isMark: Bool { unsafe UInt(bitPattern: word) & 1 == 1 }

    /// Whether the target ends where the version begins.
    func isEnd(_ version: UInt) -> Bool { unsafe UInt(bitPattern: word) == version << 1 | 1 }
}

extension CChar {
    fileprivate init(ascii: Unicode.Scalar) { self = CChar(bitPattern: UInt8(ascii: ascii)) }
}
