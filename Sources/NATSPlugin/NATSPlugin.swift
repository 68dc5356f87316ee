import BusProtocol
import Conversations
import JSON
package import LLMService
import LanguageModels
package import NATSClient
package import ServiceRuntime
package import Tracing

/// Puts an ``LLMService`` on the bus.
///
/// The way of a message: subscription → ``MessageReceiver`` → ``RequestHandler`` → the service → ``BusResponder``.
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
    let time: any TimeSource
    /// Takes the messages of rooms and plugins.
    let receiver: MessageReceiver
    let meters = Meters()
    let observer: RequestObserver
    let handler: RequestHandler
    let peers: Peers
    private let subscriptions: [NATSDirectSubscription]
    private let jobs: JobRunner
    private let directory: ServiceDirectory
    private let agent: AgentDoor?
    let bridge: Bridge?

    /// Subscribes. What comes on the subscriptions is answered from now on, everything else from ``run()`` on.
    package init(
        _ service: LLMService, on connection: NATSConnection, settings: PluginSettings = PluginSettings(), log: Log,
        time: any TimeSource = SystemTime(), tracer: Tracer = .off
    ) throws(NATSError) {
        self.service = service
        self.settings = settings
        var limits = settings.limits
        (limits.timeout, limits.admins) = (service.settings.requestTimeout, settings.chat.permissions.admins)
        self.limits = limits
        self.log = log
        self.time = time
        throttle = LogThrottle(time: time)
        outbox = Outbox(connection, settings, counters: counters, log: log, throttle: throttle, time: time)
        observer = RequestObserver(meters, tracer, log: log, throttle: throttle, time: time)
        jobs = JobRunner(settings.jobs, on: connection, instance: settings.instance, log: log, time: time)
        peers = try Peers(
            on: connection, outbox: outbox, instance: settings.instance, isBridge: settings.bridge != nil,
            time: time, stopHere: service.stop)
        handler = RequestHandler(service, permissions: settings.chat.permissions, peers: peers, time: time)
        receiver = MessageReceiver(
            handler, observer, outbox, limits: limits, registry: service.registry, log: log, throttle: throttle,
            time: time)
        let subjects = [Subjects.command, Subjects.request, Subjects.calls] + MemoryVerb.allCases.map(Subjects.command)
        subscriptions = try subjects.filter { [jobs] in !jobs.subjects.contains($0) }.map {
            [receiver] subject throws(NATSError) in
            try connection.subscribe(subject, queueGroup: Subjects.queueGroup, onMessage: receiver.receive)
        }
        let agent = try AgentDoor(handler, observer, on: connection, outbox: outbox, settings, time: time)
        let (meters, started) = (meters, time.timestamp)
        var services: [ServiceDirectory.Description] = [{ settings.description(meters, started: started) }]
        if let agent { services.append(agent.describe) }
        directory = try ServiceDirectory(services, on: connection, outbox: outbox)
        self.agent = agent
        bridge = try Bridge(
            settings.bridge, on: connection, outbox: outbox, patience: service.settings.requestTimeout + .seconds(5),
            permissions: settings.chat.permissions, time: time, isInCharge: { [peers] in peers.isFirstBridge })
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
        peers.dropped + directory.dropped + (agent?.dropped ?? 0) + (bridge?.dropped ?? 0)
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
            group.addTask { await self.directory.run() }
            group.addTask { await self.agent?.run() }
            group.addTask { await self.bridge?.run() }
            await jobs.run(self)
        }
        await observer.finish()
    }

    /// Takes nothing new; what has arrived is still answered.
    package func drain() async {
        peers.beginLeaving()
        await withDiscardingTaskGroup { group in
            for subscription in subscriptions { group.addTask { await subscription.drain() } }
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.directory.drain() }
            group.addTask { await self.agent?.drain() }
            group.addTask { await self.bridge?.drain() }
            await jobs.drain()
        }
    }

    /// Passes on what the service tells rooms that nobody asked for.
    private func watch() {
        service.announcements.watch { [outbox, observer] notice in
            switch notice {
            case .remembered(let memory, let channel):
                var reply = ReplyContext(channelID: .string(channel), username: memory.author)
                reply.action = MemoryVerb.remember.rawValue
                ReplyResponder(RequestContext(reply: reply), nil, observer, outbox).complete(.remembered(memory))
            }
        }
    }
}
