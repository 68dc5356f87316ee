internal import CNATS
internal import Synchronization

/// What the library's connection callbacks are given.
///
/// The library holds one reference (``Unmanaged``) until the closed callback, which is the last that it calls, or, as
/// that never comes when connecting failed at once, until then.
final class ConnectionCallbacks: Sendable {
    let connection: NATSConnection
    let number: UInt
    /// The last failure told, so that a server that is long away fills no log.
    private let lastFailure = Mutex("")

    init(connection: NATSConnection, number: UInt) {
        self.connection = connection
        self.number = number
    }

    /// Sets all callbacks.
    /// - Parameter closure: this object, retained.
    static func set(on options: OpaquePointer, closure: UnsafeMutableRawPointer) {
        // These fail only for want of memory, or of the options.
        _ = unsafe natsOptions_SetRetryOnFailedConnect(options, true, connectionOpened, closure)
        _ = unsafe natsOptions_SetReconnectedCB(options, connectionReopened, closure)
        _ = unsafe natsOptions_SetDisconnectedCB(options, connectionLost, closure)
        _ = unsafe natsOptions_SetClosedCB(options, connectionClosed, closure)
        _ = unsafe natsOptions_SetErrorHandler(options, connectionFailed, closure)
        _ = unsafe natsOptions_SetCustomReconnectDelay(options, connectionWaits, closure)
    }

    func opened(_ pointer: OpaquePointer, again: Bool) {
        lastFailure.withLock { $0 = "" }
        connection.opened(server: unsafe LibraryConnection.server(of: pointer) ?? "", again: again)
    }

    /// The connection is gone; that is news unless its owner closes it.
    func lost(_ reason: String) {
        guard !connection.state.withLock({ $0.isClosing }) else { return }
        connection.tell(.disconnected(reason: reason.isEmpty ? "connection lost" : reason))
    }

    func failed(_ text: String) {
        let isNew = lastFailure.withLock { last in
            defer { last = text }
            return last != text
        }
        if isNew { connection.tell(.error(text)) }
    }
}

/// The object that a callback's closure stands for; the library's reference keeps it alive during the call.
private func callbacks(_ closure: UnsafeMutableRawPointer?) -> ConnectionCallbacks? {
    unsafe closure.map { unsafe Unmanaged<ConnectionCallbacks>.fromOpaque($0).takeUnretainedValue() }
}

/// The first connection, if it was not there at once.
private func connectionOpened(_ pointer: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    guard let pointer = unsafe pointer else { return }
    unsafe callbacks(closure)?.opened(pointer, again: false)
}

private func connectionReopened(_ pointer: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    guard let pointer = unsafe pointer else { return }
    unsafe callbacks(closure)?.opened(pointer, again: true)
}

private func connectionLost(_ pointer: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    let reason = unsafe pointer.map { unsafe LibraryConnection.lastError(of: $0) } ?? ""
    unsafe callbacks(closure)?.lost(reason)
}

private func connectionClosed(_ pointer: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    guard let closure = unsafe closure else { return }
    let reason = unsafe pointer.map { unsafe LibraryConnection.lastError(of: $0) } ?? ""
    // The last call with that closure: the library's reference ends here.
    let callbacks = unsafe Unmanaged<ConnectionCallbacks>.fromOpaque(closure).takeRetainedValue()
    callbacks.connection.libraryClosed(callbacks, reason: reason)
}

private func connectionFailed(
    _ pointer: OpaquePointer?, _ subscription: OpaquePointer?, _ status: natsStatus, _ closure: UnsafeMutableRawPointer?
) {
    guard let callbacks = unsafe callbacks(closure) else { return }
    guard status == NATS_SLOW_CONSUMER, let subscription = unsafe subscription else {
        let text = unsafe pointer.map { unsafe LibraryConnection.lastError(of: $0) } ?? ""
        return callbacks.failed(text.isEmpty ? NATSError.lastErrorOfThread(status) : text)
    }
    var dropped: Int64 = 0
    // The library keeps the subscription alive during this call.
    _ = unsafe natsSubscription_GetDropped(subscription, &dropped)
    let subject = unsafe natsSubscription_GetSubject(subscription).map { unsafe String(cString: $0) } ?? ""
    callbacks.connection.tell(.slowConsumer(subject: subject, dropped: Int(dropped)))
}

/// Called on the reconnecting thread after each round of tries; says how many milliseconds to wait.
private func connectionWaits(
    _ pointer: OpaquePointer?, _ attempts: Int32, _ closure: UnsafeMutableRawPointer?
) -> Int64 {
    guard let callbacks = unsafe callbacks(closure) else { return 1000 }
    var last = NATS_OK
    // Thread-local text of the try that has just failed on this thread; the first round has none yet.
    if attempts > 1, let text = unsafe nats_GetLastError(&last), last != NATS_OK, unsafe text[0] != 0 {
        callbacks.failed("cannot connect: \(unsafe String(cString: text))")
    }
    return callbacks.connection.reconnectDelay().natsMilliseconds
}
