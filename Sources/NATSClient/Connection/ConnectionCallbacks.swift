internal import CNATS
internal import Dispatch

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
    let text = unsafe pointer.map { unsafe LibraryConnection.lastError(of: $0) } ?? ""
    callbacks.connection.failed(text.isEmpty ? NATSError.lastErrorOfThread(status) : text)
}
