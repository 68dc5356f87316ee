internal import CNATS

/// One connection of the library, and the owner of its pointer: destroyed when nobody uses it any more.
///
/// `@safe` and `@unchecked Sendable`: the pointer never changes, is valid as long as the object lives, and the library
/// locks what it points to.
@safe final class LibraryConnection: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Which of a ``NATSConnection``'s it is.
    let number: UInt

    init(_ pointer: OpaquePointer, number: UInt) {
        unsafe self.pointer = pointer
        self.number = number
    }

    deinit {
        // Closes if need be, which blocks: so not here, where the thread may be one of Swift's or the library's.
        let owned = unsafe SendablePointer(pointer)
        BlockingWork.start { unsafe natsConnection_Destroy(owned.pointer) }
    }

    var isConnected: Bool { unsafe natsConnection_Status(pointer) == NATS_CONN_STATUS_CONNECTED }

    /// The server's limit; nil before the first connection.
    var maxPayload: Int? {
        let limit = unsafe natsConnection_GetMaxPayload(pointer)
        return limit > 0 ? Int(limit) : nil
    }

    /// The connected server's URL, without a user in it.
    var server: String? { unsafe Self.server(of: pointer) }

    /// Waits until the server has got everything. Blocks.
    func flush(timeout: Duration) -> NATSError? {
        let status = unsafe natsConnection_FlushTimeout(pointer, timeout.natsMilliseconds)
        return status == NATS_OK ? nil : NATSError(status, "cannot flush")
    }

    /// Closes; the closed callback follows. Blocks.
    func close() { unsafe natsConnection_Close(pointer) }

    /// The connected server's URL, without a user in it.
    static func server(of pointer: OpaquePointer) -> String? {
        let url = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer -> String? in
            guard let start = buffer.baseAddress,
                unsafe natsConnection_GetConnectedUrl(pointer, start, buffer.count) == NATS_OK
            else { return nil }
            // The library ends what it writes with a zero.
            return unsafe String(cString: start)
        }
        return url.flatMap { $0.isEmpty ? nil : withoutUser($0) }
    }

    /// What the library remembers as the connection's last error; empty if nothing.
    static func lastError(of pointer: OpaquePointer) -> String {
        var text: UnsafePointer<CChar>?
        // The text is the connection's, which the caller keeps alive; it is copied at once.
        let status = unsafe natsConnection_GetLastError(pointer, &text)
        if let text = unsafe text, unsafe text[0] != 0 { return unsafe String(cString: text) }
        if status == NATS_OK { return "" }
        return unsafe natsStatus_GetText(status).map { unsafe String(cString: $0) } ?? ""
    }

    /// Cuts `user:password@` out of a URL.
    static func withoutUser(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@") else { return url }
        let host = url[url.index(after: at)...]
        guard let scheme = url.firstRange(of: "://"), scheme.upperBound <= at else { return String(host) }
        return String(url[..<scheme.upperBound] + host)
    }
}
