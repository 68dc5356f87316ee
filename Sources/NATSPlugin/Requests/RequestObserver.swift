import BusProtocol
import Concurrency
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

/// Meters, traces and logs requests, whichever way they come in: told of each once at its beginning and once at its end. It
/// knows when none is under way any more.
final class RequestObserver: Sendable {
    let metrics: PluginMetrics
    private let tracer: Tracer
    private let log: Log
    private let throttle: LogThrottle
    private let time: any TimeSource
    /// How many requests have a task, and what is opened when none has one.
    private let active = Mutex((count: 0, idle: Latch?.none))

    init(_ metrics: PluginMetrics, _ tracer: Tracer, log: Log, throttle: LogThrottle, time: any TimeSource) {
        (self.metrics, self.tracer, self.log) = (metrics, tracer, log)
        (self.throttle, self.time) = (throttle, time)
    }

    /// A message came. Returns the context of the request in it.
    func begin(
        _ request: DecodedRequest, _ door: Door, _ statistics: EndpointStatistics?, _ subject: String,
        _ headers: NATSHeaders,
        arrival: ContinuousClock.Instant?
    ) -> RequestContext {
        statistics?.begin()
        return RequestContext(
            reply: request.context, door: door, kind: request.kind, statistics: statistics, arrival: arrival,
            span: tracer.begin(subject, headers))
    }

    /// The request was answered.
    func answered(_ request: RequestContext) {
        if let door = request.door { metrics.count(door, request.kind, nil) }
    }

    /// The request failed.
    func failed(_ request: RequestContext, _ error: LLMError) {
        if let door = request.door { metrics.count(door, request.kind, error) }
        request.statistics?.fail(error)
        request.span?.fail(error.code.name)
        if error.isProviderFailure || error.code == .internal { logFailure(error, request.reply.requestID) }
    }

    /// Nothing more is done about the request.
    func ended(_ request: RequestContext) {
        request.span?.end()
        guard let statistics = request.statistics, let arrival = request.arrival else { return }
        statistics.end(after: time.now - arrival)
    }

    /// A request has a task.
    func started() { active.withLock { $0.count += 1 } }

    /// That task is done.
    func left() {
        let idle = active.withLock { active -> Latch? in
            active.count -= 1
            return active.count == 0 ? active.idle.take() : nil
        }
        idle?.open()
    }

    /// Waits until no request has a task.
    func finish() async {
        let idle = active.withLock { active -> Latch? in
            guard active.count > 0 else { return nil }
            let idle = active.idle ?? Latch()
            active.idle = idle
            return idle
        }
        await idle?.wait()
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
        log.debug("Details of the failure", [.requestID: requestID, .detail: error.detail])
    }
}

// OpenTelemetry's semantic conventions for messaging ("messaging-spans"). Answers carry no trace: whoever asked knows it.
extension Tracer {
    /// The span of a message that came on a subject; nil where there is nothing to record and nothing to hand on.
    fileprivate func begin(_ subject: String, _ headers: NATSHeaders) -> TraceSpan? {
        begin(.consumer, headers: headers.fields) {
            // Of a subject that somebody made up, only where it came in; of a channel's, what it is for.
            let isMadeUp = subject.hasPrefix(Subjects.callPrefix) && LLMCall.Name(subject: subject) == nil
            let place = isMadeUp ? Subjects.calls : Subjects.ofChannel(subject)?.plain ?? subject
            let attributes = [
                Attribute("messaging.system", "nats"), Attribute("messaging.operation.name", "process"),
                Attribute("messaging.operation.type", "process"), Attribute("messaging.destination.name", place),
                Attribute("messaging.consumer.group.name", Subjects.queueGroup),
            ]
            return ("process \(place)", attributes)
        }
    }
}
