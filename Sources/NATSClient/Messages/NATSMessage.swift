/// One message, copied out of the library. Bytes that are no UTF-8 in a subject or header come as U+FFFD.
package struct NATSMessage: Sendable {
    package var subject: String
    /// Where an answer is awaited.
    package var reply: String?
    package var payload: [UInt8]
    package var headers: NATSHeaders

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
