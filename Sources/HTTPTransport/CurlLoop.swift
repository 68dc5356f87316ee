import CCurl

/// The thread's own part: libcurl's multi handle with its transfers, sockets and timers.
///
/// Made, used and let go on the loop's thread only. What is in it is bounded by the callers: each has one transfer.
///
/// `@safe`: the multi handle is private, used on this thread only and cleaned up once, at the end of `run`.
@safe
final class CurlLoop {
    /// How many handles without a transfer are kept.
    private static let idleHandles = 128
    /// From how many transfers at once on it is worth to give the memory back when they are over, and after how long
    /// without any: 1 s, in nanoseconds.
    private static let burst = 512
    private static let restAfter: UInt64 = 1_000_000_000

    /// How long the end of an answer is waited for that nobody waits for: 1 s, in nanoseconds.
    private static let discardTime: UInt64 = 1_000_000_000

    let options: HTTPClientOptions
    /// The time of this turn, in nanoseconds.
    private(set) var now = EventPoll.now()
    private let inbox: LoopInbox
    private let poll: EventPoll
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

    /// Nil when libcurl has no memory.
    init?(inbox: LoopInbox, poll: EventPoll, options: HTTPClientOptions) {
        guard let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = multi
        self.inbox = inbox
        self.poll = poll
        self.options = options
        configure()
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

    /// Works until the inbox is stopped, then ends every transfer with ``HTTPError/Code/shutDown``.
    func run() {
        var commands: [LoopInbox.Command] = []
        while inbox.take(&commands) {
            now = EventPoll.now()
            for command in commands { perform(command) }
            turn()
            if restAt <= now { rest() }
            wait()
            turn()
        }
        for case .add(let transfer) in commands { transfer.end(.failure(HTTPError(.shutDown))) }
        for handle in handles { if let handle { abort(handle, .shutDown) } }
        handOver()
        idle = []
        handles = []
        // Connections are closed here, through the callbacks, while this object is alive.
        unsafe curl_multi_cleanup(multi)
    }

    private func perform(_ command: LoopInbox.Command) {
        switch command {
        case .add(let transfer): add(transfer)
        case .cancel(let transfer):
            if let handle = handle(of: transfer) {
                abort(handle, .cancelled)
            } else {
                transfer.end(.failure(HTTPError(.cancelled)))
            }
        case .resume(let transfer):
            guard let handle = handle(of: transfer) else { return }
            resume(handle)
        case .contentBegan(let transfer):
            guard let handle = handle(of: transfer) else { return }
            handle.timer.contentBegan()
            reschedule(handle)
        case .discard(let transfer):
            guard let handle = handle(of: transfer) else { return }
            handle.timer.end(by: now + Self.discardTime)
            resume(handle)
        }
    }

    private func add(_ transfer: Transfer) {
        guard let handle = idle.popLast() ?? makeHandle() else {
            transfer.end(.failure(HTTPError(.cannotConnect, detail: "out of memory")))
            return
        }
        guard transfer.begin(slot: handle.slot) else {
            idle.append(handle)
            return
        }
        handle.begin(transfer, at: now)
        deadlines.set(handle.slot, handle.timer.deadline)
        handle.scheduled = handle.timer.deadline
        unsafe curl_multi_add_handle(multi, handle.curl)
        active += 1
        peak = max(peak, active)
        restAt = TransferTimer.never
    }

    /// What is due: libcurl's timers, finished transfers, timeouts; and at last what came of all that, and of the events
    /// before, for those who wait.
    private func turn() {
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

    private func wait() {
        let next = min(curlDeadline, deadlines.earliest ?? TransferTimer.never, restAt)
        let isDue = next <= now
        let sleeps = !isDue && inbox.fallAsleep()
        var isAwake = false
        poll.wait(nanoseconds: sleeps ? (next == TransferTimer.never ? nil : next - now) : 0) { event in
            if !isAwake {
                // What comes now did not come before the sleep.
                isAwake = true
                now = EventPoll.now()
            }
            if watches.ready(event.descriptor) == .remove {
                poll.unwatch(event.descriptor)
                return
            }
            action(
                event.descriptor,
                (event.isReadable ? CURL_CSELECT_IN : 0) | (event.isWritable ? CURL_CSELECT_OUT : 0))
        }
        now = EventPoll.now()
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
        if let place = handle.handover {
            handovers[place].end = result
            handovers[place].handle = nil
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
        if watches.closing(descriptor) == .remove { poll.unwatch(descriptor) }
    }

    func watch(_ descriptor: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            if watches.unwant(descriptor) == .remove { poll.unwatch(descriptor) }
            return
        }
        let interest = WatchTable.Interest(rawValue: UInt8(what & 3))
        let action = watches.want(descriptor, interest)
        guard action != .nothing else { return }
        poll.watch(
            descriptor, readable: interest.contains(.readable), writable: interest.contains(.writable),
            isKnown: action == .modify)
    }

    func setTimer(_ milliseconds: Int) {
        curlDeadline =
            switch milliseconds {
            case ..<0: TransferTimer.never
            case 0: 0  // at once: the clock has gone on since this turn began, and a wait is rounded up to 1 ms
            default: EventPoll.now() + UInt64(milliseconds) * 1_000_000
            }
    }

    /// A streamed transfer's head or bytes came: they are handed over at the end of this turn.
    func hasNews(_ handle: EasyHandle, head: RawAnswer? = nil) {
        if let place = handle.handover {
            if let head { handovers[place].head = head }
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
    }
}
