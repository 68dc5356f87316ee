internal import CNATS
internal import Dispatch
internal import Synchronization

/// One subscription of the library: what its callbacks are given, and the owner of its pointer.
///
/// The library holds one reference (``Unmanaged``) until its on-complete callback, which is the last that it calls; so
/// neither this object nor the pointer goes before. The pointer is destroyed with the object, by then a mere release of
/// memory: destroying a subscription that still receives aborts the process.
///
/// `@unchecked Sendable`: all that changes is behind a mutex, and the pointer in it may be used by any thread (the
/// library locks) as long as the object lives.
final class LibrarySubscription: @unchecked Sendable {
    private struct State {
        var pointer: SendablePointer?
        var isDraining = false
        var isComplete = false
        var dropped = 0
    }

    let sink: any MessageSink
    let link: UInt
    let subject: CSubject
    private let completions: DispatchGroup
    private let state = Mutex(State())

    private init(sink: any MessageSink, link: UInt, subject: CSubject, completions: DispatchGroup) {
        self.sink = sink
        self.link = link
        self.subject = subject
        self.completions = completions
    }

    deinit {
        guard let pointer = state.withLock({ $0.pointer }) else { return }
        // Nobody else has the pointer; not here, as this may be the library's own thread or one of Swift's.
        BlockingWork.start { unsafe natsSubscription_Destroy(pointer.pointer) }
    }

    /// Subscribes on a connection of the library.
    /// - Parameters:
    ///   - sink: gets the messages.
    ///   - connection: the connection, which the caller keeps alive during the call.
    ///   - completions: entered now, left after the last callback.
    static func start(
        _ sink: any MessageSink, on connection: LibraryConnection, subject: CSubject, queueGroup: String?,
        completions: DispatchGroup
    ) throws(NATSError) -> LibrarySubscription {
        let subscription = LibrarySubscription(
            sink: sink, link: connection.number, subject: subject, completions: completions)
        // One reference for the library, given back in the on-complete callback, or below if there will be none.
        let closure = unsafe Unmanaged.passRetained(subscription)
        completions.enter()
        var pointer: OpaquePointer?
        var status: natsStatus
        if let queueGroup {
            status = unsafe natsConnection_QueueSubscribe(
                &pointer, connection.pointer, subject.string, queueGroup, messageArrived, closure.toOpaque())
        } else {
            status = unsafe natsConnection_Subscribe(
                &pointer, connection.pointer, subject.string, messageArrived, closure.toOpaque())
        }
        guard status == NATS_OK, let pointer = unsafe pointer else {
            let error = NATSError(status, "cannot subscribe to \(subject.string)")
            // The library took no interest, so it calls nothing back.
            unsafe closure.release()
            completions.leave()
            throw error
        }
        let owned = unsafe SendablePointer(pointer)
        subscription.state.withLock { $0.pointer = owned }
        // Outer bound, beyond ours: the library's own number of messages, and enough bytes for them.
        _ = unsafe natsSubscription_SetPendingLimits(pointer, Limits.libraryMessages, Limits.libraryBytes)
        status = unsafe natsSubscription_SetOnCompleteCB(pointer, deliveryCompleted, closure.toOpaque())
        if status != NATS_OK {
            // Closed in between. A last message may be in its callback and nobody will say when that has returned, so
            // the reference is left to it for ever: a few bytes at a lost connection.
            completions.leave()
            throw NATSError(status, "cannot subscribe to \(subject.string)")
        }
        return subscription
    }

    /// Takes back the interest; what has arrived is still delivered, then the sink is told.
    /// - Parameter connected: while the server is away the library gets two seconds, as it would wait for it to answer.
    func drain(connected: Bool) {
        let pointer = state.withLock { state -> SendablePointer? in
            guard !state.isDraining, let pointer = state.pointer else { return nil }
            state.isDraining = true
            return pointer
        }
        guard let pointer else { return }
        refreshDropped()
        // Fails only if it is closed already, and then on-complete is on its way.
        _ = unsafe natsSubscription_DrainTimeout(pointer.pointer, connected ? 0 : 2000)
    }

    /// Messages that the library threw away beyond its bounds. The last known number once the subscription has ended.
    var dropped: Int {
        refreshDropped()
        return state.withLock { $0.dropped }
    }

    private func refreshDropped() {
        state.withLock { state in
            var count: Int64 = 0
            if let pointer = state.pointer,
                unsafe natsSubscription_GetDropped(pointer.pointer, &count) == NATS_OK
            {
                state.dropped = Int(count)
            }
        }
    }

    /// Whether the last callback has been made. Who keeps this object lets it go then: it holds its sink.
    var isComplete: Bool { state.withLock { $0.isComplete } }

    fileprivate func completed() {
        state.withLock { $0.isComplete = true }
        sink.deliveryEnded(link: link)
        completions.leave()
    }

    /// The bounds of the library's own queue.
    private enum Limits {
        static let libraryMessages: Int32 = 65_536
        static let libraryBytes: Int32 = 256 << 20
    }
}

/// Called by the library on the subscription's own thread for each message.
private func messageArrived(
    _: OpaquePointer?, _: OpaquePointer?, _ message: OpaquePointer?, _ closure: UnsafeMutableRawPointer?
) {
    guard let closure = unsafe closure, let message = unsafe message else { return }
    // The library's reference keeps the object alive until on-complete, which comes after this call.
    let subscription = unsafe Unmanaged<LibrarySubscription>.fromOpaque(closure).takeUnretainedValue()
    subscription.sink.receive(unsafe NATSMessage(consuming: message, expected: subscription.subject))
}

/// Called by the library once, after the last message's callback has returned.
private func deliveryCompleted(_ closure: UnsafeMutableRawPointer?) {
    guard let closure = unsafe closure else { return }
    // This is the last call with that closure: the library's reference ends here.
    unsafe Unmanaged<LibrarySubscription>.fromOpaque(closure).takeRetainedValue().completed()
}
