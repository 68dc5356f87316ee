internal import CNATS

extension NATSConnection {
    /// Checks the headers of a message.
    static func check(_ headers: [(name: String, value: String)]) throws(NATSError) {
        for (name, value) in headers where !NATSHeaders.isValid(name: name, value: value) {
            throw NATSError(.invalidHeader, "not a header that can be sent: \"\(name.prefix(80))\"")
        }
    }

    /// Publishes with headers, by way of a message of the library.
    static func publish(
        _ link: LibraryConnection, _ subject: String, _ reply: String?, _ headers: [(name: String, value: String)],
        _ payload: UnsafeRawBufferPointer
    ) -> natsStatus {
        var message: OpaquePointer?
        let bytes = unsafe payload.baseAddress?.assumingMemoryBound(to: CChar.self)
        // The message copies everything that it is made of, and is destroyed below.
        var status = unsafe natsMsg_Create(&message, subject, reply, bytes, Int32(payload.count))
        guard status == NATS_OK, let message = unsafe message else { return status }
        defer { unsafe natsMsg_Destroy(message) }
        for (name, value) in headers where status == NATS_OK {
            status = unsafe natsMsgHeader_Add(message, name, value)
        }
        return status == NATS_OK ? unsafe natsConnection_PublishMsg(link.pointer, message) : status
    }
}
