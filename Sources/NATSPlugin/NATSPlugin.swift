import BusProtocol
import JSON
package import LLMService
import LanguageModels
package import NATSClient
package import ServiceRuntime
import Synchronization
package import Tracing

/// Puts an ``LLMService`` on the bus.
///
/// The way of a message: subscription → `accept` (decode, check, take a place in line; all of it in the order of arrival)
/// → a task of its own → the service → ``Outbox``.
package final class NATSPlugin: Sendable {
    /// What it has seen and done.
    package let counters = Counters()
    let service: LLMService
    let settings: PluginSettings
    /// How much of a request is taken.
    let limits: RequestLimits
    let log: Log
    let outbox: Outbox
    let throttle: LogThrottle
    let gatherer: DeltaGatherer
    let recent = Mutex(RecentRequests())
    let time: any TimeSource
    let meters = Meters()
    let tracer: Tracer
    let peers: Peers
    private let subscriptions: [NATSSubscription]
    private let jobs: JobRunner
    private let directory: ServiceDirectory
    private let agent: AgentDoor?
    let bridge: Bridge?

    /// What remains to be done for a message once it has its place in line.
    typealias Job = @Sendable () async -> Void

    /// Subscribes. Messages wait until ``run()``.
    package init(
        _ service: LLMService, on connection: NATSConnection, settings: PluginSettings = PluginSettings(), log: Log,
        time: any TimeSource = SystemTime(), tracer: Tracer = .off
    ) throws(NATSError) {
        self.service = service
        self.settings = settings
        var limits = settings.limits
        (limits.timeout, limits.admins) = (service.settings.requestTimeout, settings.permissions.admins)
        self.limits = limits
        self.log = log
        self.time = time
        self.tracer = tracer
        throttle = LogThrottle(time: time)
        outbox = Outbox(connection: connection, log: log, counters: counters, throttle: throttle, meters: meters)
        gatherer = DeltaGatherer(interval: settings.deltaInterval, time: time, isOpen: { connection.isConnected })
        jobs = JobRunner(settings.jobs, on: connection, instance: settings.instance, log: log, time: time)
        let subjects = [Subjects.command, Subjects.request, Subjects.calls] + MemoryVerb.allCases.map(Subjects.command)
        subscriptions = try subjects.filter { [jobs] in !jobs.subjects.contains($0) }.map {
            subject throws(NATSError) in try connection.subscribe(subject, queueGroup: Subjects.queueGroup)
        }
        peers = try Peers(
            on: connection, outbox: outbox, instance: settings.instance, isBridge: settings.bridge != nil,
            time: time, stopHere: service.stop)
        let agent = try AgentDoor(
            service, on: connection, outbox: outbox, gatherer: gatherer, settings, time: time, tracer: tracer)
        let (meters, started) = (meters, time.timestamp)
        var services: [ServiceDirectory.Description] = [{ settings.description(meters, started: started) }]
        if let agent { services.append(agent.describe) }
        directory = try ServiceDirectory(services, on: connection, outbox: outbox)
        self.agent = agent
        bridge = try Bridge(
            settings.bridge, on: connection, outbox: outbox, patience: service.settings.requestTimeout + .seconds(5),
            permissions: settings.permissions, time: time, isInCharge: { [peers] in peers.isFirstBridge })
        watch()
        service.events.watch { [registry = service.registry] event in
            // Nobody waits for an event: while the bus is away, what room there is belongs to the answers.
            guard connection.isConnected, let message = LLMEvent(event, registry: registry) else { return }
            try? connection.publish(message.payload, to: message.subject)
        }
    }

    /// The subjects it listens on.
    package var subjects: [String] { subscriptions.map(\.subject) }

    /// Messages that came faster than they could be taken, and were lost.
    package var dropped: Int {
        subscriptions.reduce(0) { $0 + $1.dropped } + peers.dropped + directory.dropped + (agent?.dropped ?? 0)
            + (bridge?.dropped ?? 0)
    }

    /// The other instances on the same bus.
    package var peerCount: Int { peers.count }

    /// Answers until the subscriptions are drained and everything that came in is answered.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.peers.run() }
            await answer()
            // As long as something was at work here, others could have it stopped.
            await peers.leave()
        }
    }

    private func answer() async {
        await withDiscardingTaskGroup { group in
            for subscription in subscriptions {
                group.addTask { await self.consume(subscription) }
            }
            group.addTask { await self.directory.run() }
            group.addTask { await self.agent?.run() }
            group.addTask { await self.bridge?.run() }
            await jobs.run(self)
        }
    }

    /// Takes nothing new; what has arrived is still answered.
    package func drain() async {
        peers.beginLeaving()
        await withDiscardingTaskGroup { group in
            for subscription in subscriptions { group.addTask { await subscription.drain() } }
            group.addTask { await self.directory.drain() }
            group.addTask { await self.agent?.drain() }
            group.addTask { await self.bridge?.drain() }
            await jobs.drain()
        }
    }

    func consume(_ subscription: NATSSubscription) async {
        await withDiscardingTaskGroup { group in
            for await message in subscription {
                let (endpoint, arrival) = (Endpoint(subject: message.subject), time.now)
                let meter = meters[endpoint]
                meter?.begin()
                let span = tracer.begin(message)
                if let job = await accept(message, endpoint, arrival, span) {
                    group.addTask {
                        await job()
                        span?.end()
                        meter?.end(after: self.time.now - arrival)
                    }
                } else {
                    span?.end()
                    meter?.end(after: time.now - arrival)
                }
            }
        }
    }

    private func accept(
        _ message: NATSMessage, _ endpoint: Endpoint?, _ arrival: ContinuousClock.Instant, _ span: TraceSpan?
    ) async -> Job? {
        // A reply to one of the bus's own subjects would come back in as a request.
        let reply = message.reply.flatMap { Subjects.mayReceiveReplies($0) ? $0 : nil }
        let object = JSONValue.parse(message.payload)?.object
        let isCall = message.subject.hasPrefix(Subjects.callPrefix)
        if object == nil, reply == nil, !isCall {
            span?.fail(LLMError.Code.invalidJSON.name)
            ignore(message, "Ignored what is no JSON object and has no reply subject to answer on")
            return nil
        }
        let request = Endpoint.decode(message.subject, object, reply: reply, limits: limits)
        var context = RequestContext(
            reply: request.context, endpoint: endpoint, kind: request.kind, arrival: arrival, span: span)
        if isCall {
            guard request.context.hasReplySubject else {
                ignore(message, "Ignored a call that has no reply subject to answer on")
                return nil
            }
            context.call = CallReply(to: LLMCall.Name(subject: message.subject), registry: service.registry)
        }
        return await accept(request, context)
    }

    /// An answer would be for nobody.
    private func ignore(_ message: NATSMessage, _ text: String) {
        counters.ignored.add()
        guard throttle.admit(text) != nil else { return }
        log.warning("\(text)", [.subject: message.subject, .count: String(counters.ignored.value)])
    }
}
