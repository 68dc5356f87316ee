internal import CNATS
internal import Concurrency
internal import Dispatch

/// What the library's callbacks of an inbox are given: they come on a thread of the library, and the messages go to the loop.
///
/// The library holds one reference (``Unmanaged``) until its on-complete callback, which is the last that it calls.
final class InboxDelivery: Sendable {
    private let subject: CSubject
    private let receiver: NATSDirectSubscription
    private let connection: NATSConnection

    init(_ subject: CSubject, _ receiver: NATSDirectSubscription, _ connection: NATSConnection) {
        self.subject = subject
        self.receiver = receiver
        self.connection = connection
    }

    /// Subscribes; nil if the connection is closed.
    func start(on link: LibraryConnection, _ subject: CSubject) -> OpaquePointer? {
        // One reference for the library, given back in the on-complete callback, or below if there will be none.
        let closure = unsafe Unmanaged.passRetained(self)
        connection.completions.enter()
        var pointer: OpaquePointer?
        let status = unsafe natsConnection_Subscribe(
            &pointer, link.pointer, subject.string, inboxMessageArrived, closure.toOpaque())
        guard status == NATS_OK, let pointer = unsafe pointer else {
            // The library took no interest, so it calls nothing back.
            unsafe closure.release()
            connection.completions.leave()
            return nil
        }
        _ = unsafe natsSubscription_SetPendingLimits(
            pointer, Int32(NATSSubscription.bufferLimit), Int32(NATSSubscription.bufferBytes))
        if unsafe natsSubscription_SetOnCompleteCB(pointer, inboxCompleted, closure.toOpaque()) != NATS_OK {
            // Closed in between. A last message may be in its callback and nobody will say when that has returned, so
            // the reference is left to it for ever: a few bytes at a lost connection.
            connection.completions.leave()
        }
        return unsafe pointer
    }

    fileprivate func received(_ message: OpaquePointer) {
        let copy = unsafe NATSMessage(copying: message, expected: subject)
        // The callback is given the message to destroy.
        unsafe natsMsg_Destroy(message)
        connection.forward([(receiver, copy)])
    }

    fileprivate func completed() { connection.completions.leave() }
}

/// Called by the library on the subscription's own thread for each message.
private func inboxMessageArrived(
    _: OpaquePointer?, _: OpaquePointer?, _ message: OpaquePointer?, _ closure: UnsafeMutableRawPointer?
) {
    guard let closure = unsafe closure, let message = unsafe message else { return }
    // The library's reference keeps the object alive until on-complete, which comes after this call.
    unsafe Unmanaged<InboxDelivery>.fromOpaque(closure).takeUnretainedValue().received(message)
}

/// Called by the library once, after the last message's callback has returned.
private func inboxCompleted(_ closure: UnsafeMutableRawPointer?) {
    guard let closure = unsafe closure else { return }
    // This is the last call with that closure: the library's reference ends here.
    unsafe Unmanaged<InboxDelivery>.fromOpaque(closure).takeRetainedValue().completed()
}
