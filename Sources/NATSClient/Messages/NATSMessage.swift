internal import CNATS
internal import FoundationEssentials
internal import Glibc

/// One message, copied out of the library. Bytes that are no UTF-8 in a subject or header come as U+FFFD.
package struct NATSMessage: Sendable {
    /// The subject on which it came.
    package var subject: String
    /// Where an answer is awaited.
    package var reply: String?
    /// The bytes.
    package var payload: [UInt8]
    /// The headers.
    package var headers: NATSHeaders

    /// Creates a message.
    package init(subject: String, reply: String? = nil, payload: [UInt8] = [], headers: NATSHeaders = NATSHeaders()) {
        self.subject = subject
        self.reply = reply
        self.payload = payload
        self.headers = headers
    }

    /// Whether the server says that nobody listens where a request went: no payload, status 503.
    package var isNoResponders: Bool { payload.isEmpty && headers["Status"] == "503" }

    /// Whether it is the empty message without headers that ends a streamed reply.
    package var isTerminator: Bool { payload.isEmpty && headers.isEmpty }
}

/// The headers of a message. Names are case-sensitive, as they are on NATS; values of one name keep their order.
package struct NATSHeaders: Sendable {
    /// All headers, in their order.
    package private(set) var fields: [(name: String, value: String)]

    /// Creates headers.
    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// Whether there are none.
    package var isEmpty: Bool { fields.isEmpty }

    /// The first value of that name.
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of that name.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Adds a field.
    package mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    /// Whether a field can be sent: a name of visible ASCII without a colon, a value without line ends.
    ///
    /// An empty value is refused too: cnats 3.4, when it receives one, takes the next line for it.
    package static func isValid(name: String, value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && !value.isEmpty && value.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
    }
}

extension NATSMessage {
    /// Copies everything out of a message of the library, which stays the caller's.
    /// - Parameters:
    ///   - message: a message that a subscription has given out.
    ///   - expected: the subject it most likely has, so that its text need not be made again; nil if that is not known.
    init(copying message: OpaquePointer, expected: CSubject?) {
        // The message is the caller's alone, and all its texts and bytes are copied.
        let text = unsafe natsMsg_GetSubject(message)
        let subject = unsafe expected?.string(for: text) ?? text.map { unsafe String(cString: $0) } ?? ""
        let reply = unsafe natsMsg_GetReply(message).map { unsafe String(cString: $0) }
        let count = unsafe Int(natsMsg_GetDataLength(message))
        var payload: [UInt8] = []
        if count > 0, let bytes = unsafe natsMsg_GetData(message) {
            payload = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        self.init(subject: subject, reply: reply, payload: payload, headers: unsafe NATSHeaders(copying: message))
    }
}

extension NATSHeaders {
    /// The headers of a message of the library; none if they cannot be parsed.
    fileprivate init(copying message: OpaquePointer) {
        self.init()
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        var count: Int32 = 0
        // The array of names is ours to free; the texts belong to the message, which outlives this call.
        guard unsafe natsMsgHeader_Keys(message, &names, &count) == NATS_OK, let names = unsafe names else { return }
        defer { unsafe free(names) }
        for position in 0..<Int(count) {
            guard let name = unsafe names[position] else { continue }
            var values: UnsafeMutablePointer<UnsafePointer<CChar>?>?
            var valueCount: Int32 = 0
            guard unsafe natsMsgHeader_Values(message, name, &values, &valueCount) == NATS_OK,
                let values = unsafe values
            else { continue }
            defer { unsafe free(values) }
            for index in 0..<Int(valueCount) {
                append(unsafe String(cString: name), unsafe values[index].map { unsafe String(cString: $0) } ?? "")
            }
        }
    }
}

/// A subject as a Swift text and as a C one, so that comparing costs no allocation.
///
/// `@safe` and `@unchecked Sendable`: the C text is made in init, never written again, and freed in deinit.
@safe final class CSubject: @unchecked Sendable {
    let string: String
    private let bytes: UnsafeMutablePointer<CChar>?

    init(_ string: String) {
        self.string = string
        // A copy on the C heap, freed in deinit; nil (out of memory) only costs the comparison.
        unsafe bytes = unsafe string.withCString { unsafe strdup($0) }
    }

    deinit { unsafe free(bytes) }

    /// The text of a C string: our own if it is the same.
    func string(for other: UnsafePointer<CChar>?) -> String {
        // Both are texts with a zero at their end that live during the call.
        guard let other = unsafe other else { return "" }
        if let bytes = unsafe bytes, unsafe strcmp(bytes, other) == 0 { return string }
        return unsafe String(cString: other)
    }
}
