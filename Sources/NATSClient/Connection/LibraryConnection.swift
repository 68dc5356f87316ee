internal import CNATS
internal import Concurrency
internal import Glibc
internal import Synchronization

/// One connection of the library, and the owner of its pointer: destroyed when nobody uses it any more. It is used once: the
/// library does not reconnect it.
///
/// `@safe` and `@unchecked Sendable`: the pointer never changes, is valid as long as the object lives, and the library
/// locks what it points to.
@safe final class LibraryConnection: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Which of a ``NATSConnection``'s it is.
    let number: UInt
    let signals: LinkSignals
    /// The loop that reads and writes its socket.
    let loop: EventLoop
    /// The connected server's URL, without a user in it.
    let server: String
    /// The server's limit.
    let maxPayload: Int
    /// A second descriptor of the socket, so that it can be shut down from any thread, whatever the library does.
    private let duplicate: Mutex<Int32?>

    /// - Parameter pointer: connected.
    init(_ pointer: OpaquePointer, number: UInt, signals: LinkSignals, loop: EventLoop) {
        unsafe self.pointer = pointer
        self.number = number
        self.signals = signals
        self.loop = loop
        server = unsafe Self.server(of: pointer) ?? ""
        maxPayload = unsafe Int(natsConnection_GetMaxPayload(pointer))
        let copy = signals.descriptor.map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        duplicate = Mutex(copy.flatMap { $0 < 0 ? nil : $0 })
    }

    deinit {
        letGo()
        // Closes if need be, which blocks: so not here, where the thread may be one of Swift's or a loop's.
        let owned = unsafe SendablePointer(pointer)
        BlockingWork.start { unsafe natsConnection_Destroy(owned.pointer) }
    }

    /// Waits until the server has got everything. Blocks.
    func flush(timeout: Duration) -> NATSError? {
        let status = unsafe natsConnection_FlushTimeout(pointer, Int64(timeout.timeoutMilliseconds))
        return status == NATS_OK ? nil : NATSError(status, "cannot flush")
    }

    /// Ends the connection and has the library read the end. On its loop. Otherwise ``close()`` would wait half a second for
    /// an answer that nobody reads any more.
    func readEnd() {
        shutDownSocket()
        unsafe natsConnection_ProcessReadEvent(pointer)
    }

    /// Closes; the closed callback follows. Blocks. To be called once the loop has let the socket go.
    func close() { unsafe natsConnection_Close(pointer) }

    /// Ends the connection as if the server had: the loop then reads the end.
    func shutDownSocket() { duplicate.withLock { if let descriptor = $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } } }

    /// Closes the second descriptor: the socket goes with the library's own.
    func letGo() {
        let descriptor = duplicate.withLock { $0.take() }
        if let descriptor { Glibc.close(descriptor) }
    }

    /// The servers that the connected one has told of, as URLs.
    var discoveredServers: [String] {
        var texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var count: Int32 = 0
        // The list and its texts are ours to free, and are copied before.
        guard unsafe natsConnection_GetDiscoveredServers(pointer, &texts, &count) == NATS_OK, let texts = unsafe texts
        else { return [] }
        defer { unsafe free(texts) }
        return (0..<Int(count)).compactMap { index in
            guard let text = unsafe texts[index] else { return nil }
            defer { unsafe free(text) }
            return unsafe String(cString: text)
        }
    }

    private static func server(of pointer: OpaquePointer) -> String? {
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

    /// What the server has refused, if that is the connection's last error.
    static func lastDenial(of pointer: OpaquePointer) -> NATSPermission? {
        var text: UnsafePointer<CChar>?
        // The text is the connection's, which the caller keeps alive; it is copied at once.
        guard unsafe natsConnection_GetLastError(pointer, &text) == NATS_NOT_PERMITTED, let text = unsafe text else {
            return nil
        }
        return unsafe NATSPermission(violation: String(cString: text))
    }

    /// Cuts `user:password@` out of a URL.
    static func withoutUser(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@") else { return url }
        let host = url[url.index(after: at)...]
        guard let scheme = url.firstRange(of: "://"), scheme.upperBound <= at else { return String(host) }
        return String(url[..<scheme.upperBound] + host)
    }
}

/// A pointer of the library on its way to another thread.
///
/// `@safe` and `@unchecked Sendable`: it is only carried; who uses it answers for its life, and the library locks.
@safe struct SendablePointer: @unchecked Sendable, Hashable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    static func == (first: SendablePointer, second: SendablePointer) -> Bool { unsafe first.pointer == second.pointer }

    func hash(into hasher: inout Hasher) { unsafe hasher.combine(pointer) }
}
