internal import CNATS
internal import FoundationEssentials
internal import Glibc

extension NATSMessage {
    /// Copies everything out of a message of the library, which stays the caller's.
    /// - Parameters:
    ///   - message: a message that a subscription has given out.
    ///   - expected: the subject it most likely has, so that its text need not be made again.
    init(copying message: OpaquePointer, expected: CSubject) {
        // The message is the caller's alone, and all its texts and bytes are copied.
        let subject = unsafe expected.string(for: natsMsg_GetSubject(message))
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
