import BusProtocol
import JSON
import LLMService
import NATSClient
import ServiceRuntime
import Synchronization

/// The way of a message: whether this instance works on it, when it may, and what has become of it.
extension Cluster {
    /// A message came in. Returns what it is to be worked on with; nil where another instance does, or where it is held.
    func admit(_ message: IncomingMessage) -> Placement? {
        if let placement = state.withLock({ $0.coordinator.placementIfAlone }) { return placement }
        receive(message, isPassedOn: false)
        return nil
    }

    /// Whether a request may be worked on now. Waits where that is not known for a moment.
    ///
    /// - Returns: false where another instance does it: it has been passed on.
    func begin(_ request: RequestContext) async -> Bool {
        while true {
            if let mayBegin = mayBegin(request) { return mayBegin }
            await park()
            // Whoever stops it says why.
            if Task.isCancelled { return true }
            if state.withLock({ $0.isOver }) { return true }
        }
    }

    /// Waits until it may be known whether something may begin, or the task is cancelled.
    private func park() async {
        let number = state.withLock { state in
            state.lastParked += 1
            return state.lastParked
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let waits = state.withLock { state in
                    let waits = !state.isOver && !Task.isCancelled
                    if waits { state.parked[number] = waiter }
                    return waits
                }
                if !waits { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.parked.removeValue(forKey: number) }?.resume()
        }
    }

    /// A request is to be done at once. Returns false where another instance does it: it has been passed on.
    func began(_ request: RequestContext) -> Bool { mayBegin(request) ?? true }

    /// This instance ends. Returns whether another one works on a request that has not begun.
    func passOn(_ request: RequestContext) -> Bool { !(mayBegin(request) ?? true) }

    /// Returns whether a request is worked on here; nil where that has to be waited for. It is passed on where another
    /// instance does it.
    ///
    /// Not inlined: what it needs for a moment would lie in the frame of a task, which keeps it as long as it waits for a
    /// provider.
    @inline(never)
    private func mayBegin(_ request: RequestContext) -> Bool? {
        guard let admission = request.admission else { return true }
        switch ask(admission.placement) {
        case .granted: return true
        case .wait: return nil
        case .refused: return false
        case .passOn(let member):
            perform([.hand(admission.message, to: member, .passedOn)])
            return false
        }
    }

    private func ask(_ placement: Placement) -> Coordinator<IncomingMessage>.Permission {
        if placement.handing != nil { noticeReconnection() }
        let (permission, effects) = state.withLock { $0.coordinator.mayBegin(placement, now: time.now) }
        if !effects.isEmpty { perform(effects) }
        return permission
    }

    /// Whether what has come of a request may be told; ``Coordinator/Permission/wait`` where that is not known for a moment.
    func mayEnd(_ request: RequestContext) -> Coordinator<IncomingMessage>.Permission {
        guard let placement = request.admission?.placement, let handing = placement.handing else { return .granted }
        noticeReconnection()
        // An answer does not overtake that its work had begun.
        if state.withLock({ $0.acknowledgements.contains { $0.acknowledgement == .begun(handing.sequence) } }) {
            sendAcknowledgements()
        }
        let isConnected = connection.isConnected
        return state.withLock { $0.coordinator.mayEnd(placement, isConnected: isConnected) }
    }

    /// Waits until it is known whether what has come of a request may be told.
    func decided(_ request: RequestContext) async {
        while mayEnd(request) == .wait, !Task.isCancelled, !state.withLock({ $0.isOver }) { await park() }
    }

    /// Takes a message into the queue that had its place there before.
    func work(_ admission: Admission) { host.withLock { $0 }?.work(admission.message, admission.placement) }

    /// A request is done with.
    func ended(_ request: RequestContext) {
        guard let admission = request.admission,
            admission.placement.handing != nil || state.withLock({ $0.coordinator.placementIfAlone }) == nil
        else { return }
        let (channel, isBusy) = (admission.message.channel, isBusy(admission.message.channel))
        change {
            $0.ended(admission.placement, key: channel.map(PartitionTable.key), isBusyHere: isBusy, now: time.now)
        }
    }
}

/// A message that asks for something, as it came in, and what was understood of it.
struct IncomingMessage: Sendable {
    /// Which way it goes on.
    enum Kind: Sendable {
        /// Of a room or plugin; whether it is a JSON object.
        case request(isObject: Bool)
        /// For the agent.
        case prompt
        /// Kept by JetStream; nil where another instance has handed it over, and no jobs are taken here.
        case job(JobDelivery?)
    }

    /// Its reply subject, where it has one, is one that may be sent to; a job's is where JetStream hears what becomes of it.
    let message: NATSMessage
    let kind: Kind
    let request: DecodedRequest

    init(_ message: NATSMessage, _ kind: Kind, _ request: DecodedRequest) {
        (self.message, self.kind, self.request) = (message, kind, request)
    }

    /// Of a room or plugin.
    init(_ message: NATSMessage, _ limits: RequestLimits) {
        let object = JSONObject(message.payload)
        let request = Endpoint.decode(message.subject, object, reply: message.reply, limits: limits)
        self.init(message, .request(isObject: object != nil), request)
    }

    /// A job, here or handed over.
    init(_ delivery: JobDelivery) { self.init(delivery.message.message, .job(delivery), delivery.request) }

    /// The channel whose owner works on it; nil where anybody may. A request to a model that belongs to no conversation, and is
    /// to be stopped with a channel, is worked on where that is.
    var channel: String? {
        guard let operation = try? request.operation.get() else { return nil }
        if let channel = operation.channel { return channel }
        guard case .generate = operation, let channel = request.options.channel, !channel.isEmpty else { return nil }
        return channel
    }
}
