internal import CNATS
internal import Concurrency
internal import Synchronization

/// One subscription of the library, and the owner of its pointer. The loop of its connection takes the messages.
///
/// `@safe` and `@unchecked Sendable`: the pointer never changes and is valid as long as the object lives; the library locks
/// what it points to. Destroyed on the loop, or once the connection is closed: never while the library may be handing a
/// message to it.
@safe final class LibrarySubscription: @unchecked Sendable {
    private let pointer: OpaquePointer
    let link: LibraryConnection
    let receiver: NATSDirectSubscription
    let subject: CSubject

    private init(
        _ pointer: OpaquePointer, _ link: LibraryConnection, _ receiver: NATSDirectSubscription,
        _ subject: CSubject
    ) {
        unsafe self.pointer = pointer
        self.link = link
        self.receiver = receiver
        self.subject = subject
    }

    deinit {
        // Unless it was unsubscribed, its connection is closed: nothing is sent, and nothing blocks.
        unsafe natsSubscription_Destroy(pointer)
    }

    /// Subscribes on a connection of the library that is open.
    static func start(
        _ receiver: NATSDirectSubscription, on link: LibraryConnection, subject: CSubject, queueGroup: String?
    ) throws(NATSError) -> LibrarySubscription {
        var pointer: OpaquePointer?
        let status: natsStatus
        // The library copies the texts during the call.
        if let queueGroup {
            status = unsafe natsConnection_QueueSubscribeSync(&pointer, link.pointer, subject.string, queueGroup)
        } else {
            status = unsafe natsConnection_SubscribeSync(&pointer, link.pointer, subject.string)
        }
        guard status == NATS_OK, let pointer = unsafe pointer else {
            throw NATSError(status, "cannot subscribe to \(subject.string)")
        }
        // Without bounds: what the library has read is taken at once, and bounded by its reading buffer.
        _ = unsafe natsSubscription_SetPendingLimits(pointer, -1, -1)
        return unsafe LibrarySubscription(pointer, link, receiver, subject)
    }

    /// The next message that has come, which is the caller's to destroy; nil if there is none.
    func next() -> OpaquePointer? {
        var count: UInt64 = 0
        // Asked first: the library makes an error of "none".
        guard unsafe natsSubscription_QueuedMsgs(pointer, &count) == NATS_OK, count > 0 else { return nil }
        var message: OpaquePointer?
        guard unsafe natsSubscription_NextMsg(&message, pointer, 0) == NATS_OK else { return nil }
        return unsafe message
    }

    /// Takes back the interest, and waits until what had been sent before has been taken. Blocks.
    func drain(timeout: Duration) {
        let milliseconds = Int64(timeout.timeoutMilliseconds)
        guard unsafe natsSubscription_DrainTimeout(pointer, milliseconds) == NATS_OK else { return }
        _ = unsafe natsSubscription_WaitForDrainCompletion(pointer, milliseconds)
    }

    /// Takes back the interest. On the loop of an open connection only.
    func unsubscribe() { _ = unsafe natsSubscription_Unsubscribe(pointer) }
}
