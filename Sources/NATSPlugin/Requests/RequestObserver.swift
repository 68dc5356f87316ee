import BusProtocol
import LLMService
import NATSClient
import ServiceRuntime
import Synchronization
import Tracing

/// Meters, traces and logs requests, whichever way they come in: told of each once at its beginning and once at its end. It
/// knows when none is under way any more.
final class RequestObserver: Sendable {
    let meters: Meters
    private let tracer: Tracer
    private let log: Log
    private let throttle: LogThrottle
    private let time: any TimeSource
    private let active = Mutex(ActiveRequests())

    init(_ meters: Meters, _ tracer: Tracer, log: Log, throttle: LogThrottle, time: any TimeSource) {
        (self.meters, self.tracer, self.log) = (meters, tracer, log)
        (self.throttle, self.time) = (throttle, time)
    }

    /// A message came. Returns the context of the request in it.
    func begin(
        _ request: DecodedRequest, _ door: Door, _ meter: EndpointMeter?, _ subject: String, _ headers: NATSHeaders,
        arrival: ContinuousClock.Instant?
    ) -> RequestContext {
        meter?.begin()
        return RequestContext(
            reply: request.context, door: door, kind: request.kind, meter: meter, arrival: arrival,
            span: tracer.begin(subject, headers))
    }

    /// The request was answered.
    func answered(_ request: RequestContext) {
        if let door = request.door { meters.requests.count(door, request.kind, nil) }
    }

    /// The request failed.
    func failed(_ request: RequestContext, _ error: LLMError) {
        if let door = request.door { meters.requests.count(door, request.kind, error) }
        request.meter?.fail(error)
        request.span?.fail(error.code.name)
        if error.isProviderFailure || error.code == .internal { logFailure(error, request.reply.requestID) }
    }

    /// Nothing more is done about the request.
    func ended(_ request: RequestContext) {
        request.span?.end()
        guard let meter = request.meter, let arrival = request.arrival else { return }
        meter.end(after: time.now - arrival)
    }

    /// A request has a task.
    func started() { active.withLock { $0.begin() } }

    /// That task is done.
    func left() { for waiter in active.withLock({ $0.end() }) { waiter.resume() } }

    /// Waits until no request has a task.
    func finish() async {
        await withCheckedContinuation { waiter in
            if active.withLock({ $0.wait(waiter) }) { waiter.resume() }
        }
    }

    private func logFailure(_ error: LLMError, _ requestID: String) {
        guard let heldBack = throttle.admit(error.code.name) else { return }
        log.warning(
            "A request failed",
            [
                .code: error.code.name, .reason: error.message, .provider: error.provider ?? "",
                .requestID: requestID, .heldBack: String(heldBack),
            ])
        // A provider may repeat in its error what was said in the room: for whoever asked for all details only.
        log.debug("What was seen of the failure", [.requestID: requestID, .detail: error.detail])
    }
}

/// How many requests are under way, and who waits for the last of them.
private struct ActiveRequests {
    private var count = 0
    private var waiters: [CheckedContinuation<Void, Never>] = []

    mutating func begin() { count += 1 }

    /// Returns who need not wait any longer.
    mutating func end() -> [CheckedContinuation<Void, Never>] {
        count -= 1
        guard count == 0 else { return [] }
        defer { waiters = [] }
        return waiters
    }

    /// Returns whether there is nothing to wait for; keeps who waits otherwise.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>) -> Bool {
        if count > 0 { waiters.append(waiter) }
        return count == 0
    }
}
