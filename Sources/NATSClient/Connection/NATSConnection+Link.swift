internal import CNATS
internal import Concurrency
internal import Dispatch
internal import Glibc
internal import Synchronization

extension NATSConnection {
    /// Makes a connection of the library to a server. Blocks.
    /// - Throws: ``NATSError/Code/badOptions`` for what can never work.
    func makeLink(_ number: UInt) throws(NATSError) -> LibraryConnection {
        let signals = LinkSignals()
        let made = try unsafe LibraryOptions.make(options, discovered: discovered.withLock { $0 })
        // The library has a copy of them from the connect call on.
        defer { unsafe natsOptions_Destroy(made) }
        // One reference for the library, given back in the closed callback, or below if there will be none.
        let closure = unsafe Unmanaged.passRetained(ConnectionCallbacks(connection: self))
        unsafe ConnectionCallbacks.set(on: made, closure: closure.toOpaque())
        var pointer: OpaquePointer?
        var status = unsafe LinkSignals.set(signals, on: made)
        // The library has its own reference to the signals once it has a socket.
        if status == NATS_OK {
            status = withExtendedLifetime(signals) { unsafe natsConnection_Connect(&pointer, made) }
        }
        guard status == NATS_OK, let pointer = unsafe pointer else {
            // No connection, so no callback.
            unsafe closure.release()
            throw NATSError(refusal: status, isSecure: options.demandedTLS != nil)
        }
        var isSecure = options.demandedTLS != nil
        if !isSecure { isSecure = unsafe Self.speaksTLS(pointer, signals, within: options.connectTimeout) ?? true }
        return unsafe LibraryConnection(pointer, number: number, signals: signals, loop: isSecure ? loopForTLS() : loop)
    }

    private func loopForTLS() -> EventLoop {
        secureLoop.withLock { loop in
            if let loop { return loop }
            let made = EventLoop(name: "nats-tls")
            loop = made
            return made
        }
    }

    /// Whether a connection that no loop has yet is encrypted, which the library does not say: a server may demand it. Looks
    /// at the first byte that a ping brings back, and leaves it there. Blocks.
    ///
    /// With TLS the library's reading and writing may block, so such a connection is not for a loop that others use.
    private static func speaksTLS(
        _ pointer: OpaquePointer, _ signals: LinkSignals, within timeout: Duration
    ) -> Bool? {
        // Nobody reads the answer yet, so this only puts a ping into the library's buffer.
        _ = unsafe natsConnection_FlushTimeout(pointer, 1)
        guard signals.wantsToWrite, let descriptor = signals.descriptor else { return nil }
        unsafe natsConnection_ProcessWriteEvent(pointer)
        var awaited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        // Both calls are given local variables.
        guard unsafe poll(&awaited, 1, timeout.timeoutMilliseconds) == 1,
            unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK)) == 1
        else { return nil }
        // A line of NATS begins with a letter, a sign, or a line end; a record of TLS with its type, 20 to 24.
        return (20...24).contains(byte)
    }

    /// Waits until the server has got everything that was published before. Blocks.
    func flushNow(timeout: Duration) -> NATSError? {
        let deadline = ContinuousClock.now + timeout
        let isThrough = DispatchSemaphore(value: 0)
        let (mustWait, link) = outbox.withLock { outbox -> (Bool, LibraryConnection?) in
            if outbox.isEmpty, outbox.link != nil { return (false, nil) }
            return (true, outbox.add { isThrough.signal() })
        }
        link?.signals.perform { $0.requestFlush() }
        if mustWait, isThrough.wait(timeout: .now() + .nanoseconds(timeout.nanoseconds)) == .timedOut {
            return self.link == nil
                ? NATSError(.notConnected, "no NATS server is connected")
                : NATSError(.timeout, "cannot flush: the NATS server did not read in time")
        }
        guard let link = self.link else {
            return isClosed ? .connectionClosed : NATSError(.notConnected, "no NATS server is connected")
        }
        if let error = link.flush(timeout: max(.milliseconds(1), deadline - .now)) { return error }
        awaitDenials(on: link, until: deadline)
        return nil
    }
}

extension NATSConnection {
    /// Waits until all is told that the server had refused by now. The library tells failures on a thread of its own, in
    /// their order, so the last one is waited for. Blocks.
    fileprivate func awaitDenials(on link: LibraryConnection, until deadline: ContinuousClock.Instant) {
        guard let last = unsafe LibraryConnection.lastDenial(of: link.pointer) else { return }
        while !denials.withLock({ $0.contains(last) || $0.count >= Self.maxDenied }), ContinuousClock.now < deadline {
            usleep(200)
        }
    }
}

/// What the library's connection callbacks are given.
///
/// The library holds one reference (``Unmanaged``) until the closed callback, which is the last that it calls, or, as
/// that never comes when connecting failed, until then.
final class ConnectionCallbacks: Sendable {
    let connection: NATSConnection

    init(connection: NATSConnection) { self.connection = connection }

    /// Sets all callbacks.
    /// - Parameter closure: this object, retained.
    static func set(on options: OpaquePointer, closure: UnsafeMutableRawPointer) {
        // These fail only for want of memory, or of the options.
        _ = unsafe natsOptions_SetClosedCB(options, connectionClosed, closure)
        _ = unsafe natsOptions_SetErrorHandler(options, connectionFailed, closure)
    }
}

private func connectionClosed(_ pointer: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    guard let closure = unsafe closure else { return }
    // The last call with that closure: the library's reference ends here.
    unsafe Unmanaged<ConnectionCallbacks>.fromOpaque(closure).takeRetainedValue().connection.completions.leave()
}

private func connectionFailed(
    _ pointer: OpaquePointer?, _ subscription: OpaquePointer?, _ status: natsStatus, _ closure: UnsafeMutableRawPointer?
) {
    guard let closure = unsafe closure else { return }
    // The library's reference keeps the object alive during the call.
    let callbacks = unsafe Unmanaged<ConnectionCallbacks>.fromOpaque(closure).takeUnretainedValue()
    // The text of this failure; that of the connection may be a later one's already.
    let text = NATSError.lastErrorOfThread(status)
    if status == NATS_NOT_PERMITTED, let permission = NATSPermission(violation: text) {
        callbacks.connection.denied(permission)
    } else {
        callbacks.connection.failed(text)
    }
}
