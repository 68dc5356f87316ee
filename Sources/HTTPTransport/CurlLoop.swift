import CCurl
import Concurrency

/// libcurl's multi handle with its transfers, sockets and timers, as a part of an event loop.
///
/// Made, used and let go on the loop's thread only. What is in it is bounded by the callers: each has one transfer.
///
/// `@safe`: the multi handle is private, used on this thread only and cleaned up once, by `close`.
@safe
final class CurlLoop: LoopParticipant {
    /// How many handles without a transfer are kept.
    private static let idleHandles = 128
    /// From how many transfers at once on it is worth to give the memory back when they are over, and after how long
    /// without any: 1 s, in nanoseconds.
    private static let burst = 512
    private static let restAfter: UInt64 = 1_000_000_000

    /// How long the end of an answer is waited for that nobody waits for: 1 s, in nanoseconds.
    private static let discardTime: UInt64 = 1_000_000_000

    let options: HTTPClientOptions
    private let thread: LoopThread
    /// Its place among the loop's participants; nil before it has joined.
    private var place: LoopThread.Place?
    private var multi: UnsafeMutableRawPointer
    private var handles: [EasyHandle?] = []
    private var freeSlots: [Int] = []
    private var idle: [EasyHandle] = []
    private var deadlines = DeadlineHeap()
    private var watches = WatchTable()
    /// What this turn has brought for callers and consumers, in the order in which it began to come.
    private var handovers: [Handover] = []
    private var active = 0
    /// The most at once since the last rest.
    private var peak = 0
    /// When to rest, unless something comes.
    private var restAt = TransferTimer.never
    /// When libcurl wants to be called.
    private var curlDeadline = TransferTimer.never
    /// The deadline that the loop knows of.
    private var scheduled = TransferTimer.never

    /// The time of this turn, in nanoseconds.
    var now: UInt64 { thread.now }

    /// Joins the loop. Nil when libcurl has no memory.
    init?(thread: LoopThread, options: HTTPClientOptions) {
        guard let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = multi
        self.thread = thread
        self.options = options
        configure()
        place = thread.join(self)
    }

    private func configure() {
        let connections = options.affordableConnections
        unsafe shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        unsafe shim_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
        // SAFETY: this object cleans the multi handle up before it goes.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe shim_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        unsafe shim_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        unsafe shim_multi_set_socket_callback(multi, watchSocket)
        unsafe shim_multi_set_timer_callback(multi, setTimerCallback)
    }

    /// Ends every transfer with ``HTTPError/Code/shutDown`` and leaves the loop.
    func close() {
        for handle in handles { if let handle { abort(handle, .shutDown) } }
        handOver()
        idle = []
        handles = []
        // Connections are closed here, through the callbacks, while this object is alive.
        unsafe curl_multi_cleanup(multi)
        if let place { thread.leave(place) }
        place = nil
    }

    // MARK: what clients ask for

    /// Closes a transfer.
    func cancel(_ transfer: Transfer) {
        if let handle = handle(of: transfer) {
            abort(handle, .cancelled)
        } else {
            transfer.end(.failure(HTTPError(.cancelled)))
        }
    }

    /// Goes on with a transfer that waited for its consumer.
    func resume(_ transfer: Transfer) {
        guard let handle = handle(of: transfer) else { return }
        resume(handle)
    }

    /// The consumer has seen content.
    func contentBegan(_ transfer: Transfer) {
        guard let handle = handle(of: transfer) else { return }
        handle.timer.contentBegan()
        reschedule(handle)
    }

    /// The consumer has all it wants.
    func discard(_ transfer: Transfer) {
        guard let handle = handle(of: transfer) else { return }
        handle.timer.end(by: now + Self.discardTime)
        resume(handle)
    }

    /// Begins a transfer.
    func add(_ transfer: Transfer) {
        guard let handle = takeIdle(for: transfer.endpoint) ?? makeHandle() else {
            transfer.end(.failure(HTTPError(.cannotConnect, detail: "out of memory")))
            return
        }
        guard transfer.begin(slot: handle.slot) else {
            idle.append(handle)
            return
        }
        // Not of this turn: no timeout is to end before its time.
        handle.begin(transfer, at: LoopThread.clock())
        deadlines.set(handle.slot, handle.timer.deadline)
        handle.scheduled = handle.timer.deadline
        unsafe curl_multi_add_handle(multi, handle.curl)
        active += 1
        peak = max(peak, active)
        restAt = TransferTimer.never
        requestSettling()
    }

    // MARK: in the loop's turn

    func descriptorIsReady(_ descriptor: Int32, _ events: PollEvents) {
        if watches.ready(descriptor) == .remove { return thread.unwatch(descriptor) }
        action(
            descriptor,
            (events.contains(.readable) ? CURL_CSELECT_IN : 0) | (events.contains(.writable) ? CURL_CSELECT_OUT : 0))
        requestSettling()
    }

    func deadlineHasCome() {
        scheduled = TransferTimer.never
        requestSettling()
    }

    /// libcurl's timers, finished transfers, timeouts, and what came of all that, and of the events before, for those who wait.
    func settle() {
        if curlDeadline <= now {
            curlDeadline = TransferTimer.never
            action(CURL_SOCKET_TIMEOUT, 0)
        }
        var code = CURLE_OK
        while let curl = unsafe shim_multi_next_done(multi, &code) {
            // SAFETY: set by `EasyHandle` to itself; `handles` holds it.
            guard let context = unsafe shim_easy_private(curl) else { continue }
            let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            end(handle, code)
        }
        while let slot = deadlines.popExpired(at: now) {
            guard let handle = handles[slot], let transfer = handle.transfer else { continue }
            if let timeout = handle.timer.expired(at: now, looksForContent: { transfer.content.look() }) {
                abort(handle, timeout)
            } else {
                handle.scheduled = handle.timer.deadline
                deadlines.set(slot, handle.scheduled)
            }
        }
        handOver()
        if restAt <= now { rest() }
        schedule()
    }

    private func requestSettling() { if let place { thread.requestSettling(place) } }

    /// Tells the loop when it is to call next.
    private func schedule() {
        guard let place else { return }
        let next = min(curlDeadline, deadlines.earliest ?? TransferTimer.never, restAt)
        if next <= now { return requestSettling() }
        guard next != scheduled else { return }
        scheduled = next
        thread.setDeadline(next, for: place)
    }

    /// Once a turn, so that who waits is woken once for a head, bytes and an end that came together.
    private func handOver() {
        var next = 0
        // Going on with a transfer may bring the bytes that were held up.
        while next < handovers.count {
            let handover = handovers[next]
            next += 1
            handover.handle?.handover = nil
            if handover.deliver(), let handle = handover.handle { resume(handle) }
        }
        handovers.removeAll(keepingCapacity: true)
    }

    /// Goes on with a paused transfer; what was held up comes at once, and may be its end.
    private func resume(_ handle: EasyHandle) {
        let code = handle.resume(at: now)
        if code == CURLE_OK { reschedule(handle) } else { end(handle, code) }
    }

    /// SAFETY: as everywhere here, the handles are alive and used on their thread only.
    private func action(_ descriptor: Int32, _ events: Int32) {
        var running: Int32 = 0
        unsafe curl_multi_socket_action(multi, descriptor, events, &running)
    }

    /// Gives back what a burst has left behind: its connections and handles, and the heap's empty pages.
    private func rest() {
        restAt = TransferTimer.never
        guard active == 0, let fresh = unsafe curl_multi_init() else { return }
        peak = 0
        idle = []
        handles = []
        freeSlots = []
        handovers = []
        unsafe curl_multi_cleanup(multi)
        unsafe multi = fresh
        configure()
        shim_trim_heap()
    }

    private func handle(of transfer: Transfer) -> EasyHandle? {
        // Until its end is handed over it has a slot, which may be another's by then.
        guard let slot = transfer.slot, let handle = handles[slot], handle.transfer === transfer else { return nil }
        return handle
    }

    /// A handle without a transfer: if it is easily found, one that is set up for that endpoint.
    private func takeIdle(for endpoint: HTTPEndpoint) -> EasyHandle? {
        guard let last = idle.indices.last else { return nil }
        return idle.remove(at: idle.suffix(8).lastIndex { $0.endpoint === endpoint } ?? last)
    }

    private func makeHandle() -> EasyHandle? {
        let slot = freeSlots.popLast() ?? handles.count
        let handle = EasyHandle(slot: slot, loop: self, options: options)
        if slot == handles.count { handles.append(handle) } else { handles[slot] = handle }
        return handle
    }

    /// Takes a transfer out before its end; its connection is closed.
    private func abort(_ handle: EasyHandle, _ code: HTTPError.Code) {
        handle.fail(code)
        end(handle, CURLE_ABORTED_BY_CALLBACK)
    }

    private func end(_ handle: EasyHandle, _ code: CURLcode) {
        deadlines.remove(handle.slot)
        unsafe curl_multi_remove_handle(multi, handle.curl)
        active -= 1
        if active == 0, peak >= Self.burst { restAt = now + Self.restAfter }
        let finished = handle.finish(code)
        if code == CURLE_OK, idle.count < Self.idleHandles {
            idle.append(handle)
        } else {
            handles[handle.slot] = nil
            freeSlots.append(handle.slot)
        }
        guard let (transfer, result) = finished else { return }
        requestSettling()
        if let index = handle.handover {
            handovers[index].end = result
            handovers[index].handle = nil
            handle.handover = nil
        } else {
            handovers.append(Handover(transfer: transfer, end: result))
        }
    }
}

// What the callbacks call.
extension CurlLoop {
    func opened(_ descriptor: Int32) { watches.opened(descriptor) }

    func closing(_ descriptor: Int32) {
        if watches.closing(descriptor) == .remove { thread.unwatch(descriptor) }
    }

    func watch(_ descriptor: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            if watches.unwant(descriptor) == .remove { thread.unwatch(descriptor) }
            return
        }
        let interest = PollEvents(rawValue: UInt8(what & 3))
        guard watches.want(descriptor, interest) == .watch, let place else { return }
        thread.watch(descriptor, interest, for: place)
    }

    func setTimer(_ milliseconds: Int) {
        curlDeadline =
            switch milliseconds {
            case ..<0: TransferTimer.never
            case 0: 0  // at once: the clock has gone on since this turn began, and a wait is rounded up to 1 ms
            default: LoopThread.clock() + UInt64(milliseconds) * 1_000_000
            }
        requestSettling()
    }

    /// A streamed transfer's head or bytes came: they are handed over at the end of this turn.
    func hasNews(_ handle: EasyHandle, head: RawAnswer? = nil) {
        requestSettling()
        if let index = handle.handover {
            if let head { handovers[index].head = head }
            return
        }
        guard let transfer = handle.transfer else { return }
        handle.handover = handovers.count
        handovers.append(Handover(transfer: transfer, handle: handle, head: head))
    }

    /// A handle's deadline may have come nearer; one that went away is noticed when the old one is due.
    func reschedule(_ handle: EasyHandle) {
        let deadline = handle.timer.deadline
        guard deadline < handle.scheduled else { return }
        handle.scheduled = deadline
        deadlines.set(handle.slot, deadline)
        requestSettling()
    }
}
