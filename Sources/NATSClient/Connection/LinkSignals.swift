internal import CNATS
internal import Concurrency
internal import Synchronization

/// What the library says of one connection's socket, as an external event loop is told: when there is one, when it wants
/// to write, and when it is about to be closed.
///
/// The library calls on whichever thread works on the connection, under its own lock: nothing here calls it back. It holds
/// one reference (``Unmanaged``) from the first attach until detach, its last call.
final class LinkSignals: Sendable {
    private struct State {
        var descriptor: Int32?
        var driver: LoopBound<LinkDriver>?
    }

    private let state = Mutex(State())
    /// Whether something waits in the library for the socket. Writing without would count as the end of the connection.
    private let hasOutput = Atomic(false)

    /// The socket, while it is open.
    var descriptor: Int32? { state.withLock { $0.descriptor } }

    /// Who is told; nil before the loop has the socket, and after it has let it go.
    var driver: LoopBound<LinkDriver>? { state.withLock { $0.driver } }

    var wantsToWrite: Bool { hasOutput.load(ordering: .acquiring) }

    /// From here on the driver is told.
    func connect(to driver: LoopBound<LinkDriver>?) { state.withLock { $0.driver = driver } }

    /// Has the library call this object.
    static func set(_ signals: LinkSignals, on options: OpaquePointer) -> natsStatus {
        // Not retained here: the options are of use during the connect call only, whose caller holds the object.
        unsafe natsOptions_SetEventLoop(
            options, Unmanaged.passUnretained(signals).toOpaque(), linkAttached, linkReads, linkWrites, linkDetached)
    }

    // MARK: from the library

    fileprivate func attached(_ descriptor: Int32) { state.withLock { $0.descriptor = descriptor } }

    /// The socket is closed right after this call.
    fileprivate func closing() {
        let driver = state.withLock { state in
            state.descriptor = nil
            return state.driver
        }
        hasOutput.store(false, ordering: .releasing)
        // Elsewhere than on the loop only after the driver has let the socket go.
        if let driver, let thread = driver.loop.current { driver[thread].socketCloses() }
    }

    fileprivate func wantsToWrite(_ wants: Bool) {
        hasOutput.store(wants, ordering: .releasing)
        if wants { perform { $0.requestFlush() } }
    }

    /// Does something on the loop that has the socket, at once if the caller is there; nothing if no loop has it.
    func perform(_ work: @escaping @Sendable (LinkDriver) -> Void) {
        guard let driver else { return }
        if let thread = driver.loop.current { return work(driver[thread]) }
        driver.loop.execute {
            if let thread = driver.loop.current { work(driver[thread]) }
        }
    }
}

private func linkAttached(
    _ userData: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ loop: UnsafeMutableRawPointer?, _: OpaquePointer?,
    _ socket: natsSock
) -> natsStatus {
    guard let userData = unsafe userData, let loop = unsafe loop else { return NATS_INVALID_ARG }
    // The object is alive: who connects holds it. The library's reference is given back by `linkDetached`.
    let signals = unsafe Unmanaged<LinkSignals>.fromOpaque(loop)
    if unsafe userData.pointee == nil { unsafe userData.pointee = signals.retain().toOpaque() }
    unsafe signals.takeUnretainedValue().attached(socket)
    return NATS_OK
}

private func linkReads(_ userData: UnsafeMutableRawPointer?, _ add: Bool) -> natsStatus {
    guard let userData = unsafe userData, !add else { return NATS_OK }
    // The library's reference keeps the object alive.
    unsafe Unmanaged<LinkSignals>.fromOpaque(userData).takeUnretainedValue().closing()
    return NATS_OK
}

private func linkWrites(_ userData: UnsafeMutableRawPointer?, _ add: Bool) -> natsStatus {
    guard let userData = unsafe userData else { return NATS_OK }
    // The library's reference keeps the object alive.
    unsafe Unmanaged<LinkSignals>.fromOpaque(userData).takeUnretainedValue().wantsToWrite(add)
    return NATS_OK
}

private func linkDetached(_ userData: UnsafeMutableRawPointer?) -> natsStatus {
    // The library's last call with that object: its reference ends here.
    if let userData = unsafe userData { unsafe Unmanaged<LinkSignals>.fromOpaque(userData).release() }
    return NATS_OK
}
