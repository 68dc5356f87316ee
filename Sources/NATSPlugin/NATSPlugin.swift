import BusProtocol
import Conversations
import JSON
package import LLMService
import LanguageModels
package import NATSClient
package import Observability
package import ServiceRuntime

/// Puts an ``LLMService`` on the bus.
///
/// The way of a message: subscription → ``MessageReceiver`` → ``RequestHandler`` → the service → ``BusResponder``.
package final class NATSPlugin: Sendable {
    /// What it has seen and done.
    package let metrics: PluginMetrics
    let service: LLMService
    let settings: PluginSettings
    /// How much of a request is taken.
    let limits: RequestLimits
    let log: Log
    let outbox: Outbox
    let throttle: LogThrottle
    let time: any TimeSource
    /// Takes the messages of rooms and plugins.
    let receiver: MessageReceiver
    let observer: RequestObserver
    let handler: RequestHandler
    let cluster: Cluster
    private let jobs: JobRunner
    private let directory: ServiceDirectory
    private let agent: AgentDoor?
    let bridge: Bridge?

    /// Subscribes. What comes on the subscriptions is answered from now on, everything else from ``run()`` on.
    package init(
        _ service: LLMService, on connection: NATSConnection, settings: PluginSettings = PluginSettings(), log: Log,
        time: any TimeSource = SystemTime(), metrics registry: MetricsRegistry = MetricsRegistry(),
        tracer: Tracer = .off
    ) throws(NATSError) {
        self.service = service
        self.settings = settings
        var limits = settings.limits
        (limits.timeout, limits.admins) = (service.settings.requestTimeout, settings.chat.permissions.admins)
        self.limits = limits
        self.log = log
        self.time = time
        throttle = LogThrottle(time: time)
        metrics = PluginMetrics(registry)
        outbox = Outbox(connection, settings, metrics: metrics, log: log, throttle: throttle, time: time)
        observer = RequestObserver(metrics, tracer, log: log, throttle: throttle, time: time)
        jobs = JobRunner(settings.jobs, on: connection, instance: settings.instance, log: log, time: time)
        var entrances: [Cluster.Entrance] = settings.group.subjects.filter { [jobs] in !jobs.subjects.contains($0) }
            .map { ($0, Subjects.queueGroup) }
        if let agent = settings.agent { entrances.append((agent.promptSubject, AgentSettings.group)) }
        cluster = Cluster(
            settings.instance, on: connection, outbox: outbox, group: settings.group, entrances: entrances,
            isBridge: settings.bridge != nil, log: log, time: time)
        handler = RequestHandler(service, permissions: settings.chat.permissions, cluster: cluster, time: time)
        let agent = try AgentDoor(handler, observer, cluster, on: connection, outbox: outbox, settings, time: time)
        receiver = MessageReceiver(
            handler, observer, cluster, outbox, agent: agent, jobs: jobs, limits: limits, registry: service.registry,
            log: log, throttle: throttle, time: time)
        let (metrics, started) = (metrics, time.timestamp)
        var services: [ServiceDirectory.Description] = [{ settings.description(metrics, started: started) }]
        if let agent { services.append(agent.describe) }
        directory = try ServiceDirectory(services, on: connection, outbox: outbox)
        self.agent = agent
        bridge = try Bridge(
            settings.bridge, on: connection, outbox: outbox, patience: service.settings.requestTimeout + .seconds(5),
            permissions: settings.chat.permissions, time: time, isInCharge: { [cluster] in cluster.isFirstBridge })
        registry.gauge("rosey_llm_peers", "Other instances of the service that were heard of lately.") { [cluster] in
            cluster.count
        }
        registry.gauge("rosey_llm_partitions", "Partitions of channels, of 256, that are this instance's.") {
            [cluster] in
            cluster.partitions
        }
        registry.add { [cluster] writer in
            writer.metric(
                "rosey_llm_handed_over_total", .counter, "Messages that this instance heard and handed to another one.",
                cluster.handedOver)
        }
        metrics.addLosses(to: registry) { [weak self] in self?.dropped ?? 0 }
        announceExtractions()
        service.events.subscribe { [registry = service.registry] event in
            // Nobody waits for an event: while the bus is away, what room there is belongs to the answers.
            guard connection.isConnected, let message = LLMEvent(event, registry: registry) else { return }
            try? connection.publish(message.payload, to: message.subject)
        }
        try cluster.start(
            Cluster.Host(
                load: { [jobs] in
                    let load = service.load
                    return load.running + load.waiting + jobs.unclaimed
                },
                busyChannels: { [jobs] in service.busyChannels + jobs.unclaimedChannels },
                isBusy: { [jobs] in service.isBusy($0) || jobs.isUnclaimed($0) },
                decode: receiver.decode(handed:), takeJobs: jobs.take, receive: receiver.receive,
                work: receiver.work, forget: service.forget, stop: service.stop))
    }

    /// Opens what jobs need in JetStream, or makes it where it is not there; takes none, and changes nothing that is there.
    package static func tryJobs(_ settings: JobSettings, on connection: NATSConnection) async throws(NATSError) {
        let (queue, _) = try await JobRunner.open(
            settings, on: connection, instance: PluginSettings.newInstance(), time: SystemTime(), changesPresent: false)
        await queue.drain()
    }

    /// The subjects that messages come in on, where this instance hears them.
    package var subjects: [String] { cluster.entrances.map(\.subject) }

    /// Messages that came faster than they could be taken, and were lost.
    package var dropped: Int {
        directory.dropped + (agent?.dropped ?? 0) + (bridge?.dropped ?? 0)
    }

    /// The other instances on the same bus.
    package var peerCount: Int { cluster.count }

    /// Returns once some instance, this one or another, hears what comes in.
    package func started() async { await cluster.started() }

    /// Answers until the subscriptions are drained and everything that came in is answered.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.cluster.run() }
            await answer()
            // As long as something was at work here, others could have it stopped.
            await cluster.leave()
            group.cancelAll()
        }
    }

    private func answer() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.directory.run() }
            group.addTask { await self.agent?.run() }
            group.addTask { await self.bridge?.run() }
            await jobs.run(self)
        }
        await observer.finish()
    }

    /// Leaves to others, if there are any, what comes from now on and what has not begun. To be called first.
    package func handOver() async { await cluster.beginLeaving() }

    /// Takes nothing new; what has arrived is still answered.
    package func drain() async {
        await cluster.drain()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.directory.drain() }
            group.addTask { await self.agent?.drain() }
            group.addTask { await self.bridge?.drain() }
            await jobs.drain()
        }
    }

    /// Tells rooms what was found worth remembering.
    private func announceExtractions() {
        service.extractions.subscribe { [outbox, observer, cluster] memory, channel in
            var reply = ReplyContext(channelID: .string(channel), username: memory.author)
            reply.action = MemoryVerb.remember.rawValue
            ReplyResponder(RequestContext(reply: reply), nil, observer, cluster, outbox)
                .complete(.remembered(memory))
        }
    }
}
