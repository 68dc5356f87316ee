import Configuration
import Dispatch
import Glibc
import GatewayCore
import HTTPTransport
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import Persistence
import ServiceRuntime
import TraceExport

/// `rosey-llm serve`: the service, from its start to the end of its last answer.
struct ServeCommand {
    let source: ConfigurationSource
    /// What was read of it at the start.
    let loaded: ConfigurationSource.Loaded
    let embedsNATS: Bool
    let log: Log
    let spans: SpanExport
    /// The systemd that has started this process; nil where none has.
    let manager: ServiceManager?
    private let time = SystemTime()

    private var configuration: Configuration { loaded.configuration }

    init(
        source: ConfigurationSource, loaded: ConfigurationSource.Loaded, embedsNATS: Bool, log: Log,
        spans: ExportSettings?, manager: ServiceManager?
    ) {
        (self.source, self.loaded) = (source, loaded)
        self.embedsNATS = embedsNATS
        (self.log, self.manager) = (log, manager)
        self.spans = SpanExport(spans, log: log, time: time)
    }

    /// Serves until a signal comes.
    func run() async throws(CommandFailure) {
        let signals = ProcessSignals()
        log.info("Starting rosey-llm", [.version: Version.current])
        var nats = configuration.nats
        let embedded = embedsNATS ? try await EmbeddedNATS.start() : nil
        if let embedded { nats.servers = [embedded.url] }

        let client = HTTPClient(
            // Some to spare for those who ask whether a provider is there, and what it has.
            maxConnections: configuration.service.queue.running + 32)
        let failure = await spans.run { await serve(nats, client, signals, $0) }
        await client.shutDown()
        await embedded?.stop()
        if let failure { throw failure }
    }

    private func serve(
        _ nats: NATSOptions, _ client: HTTPClient, _ signals: ProcessSignals, _ tracer: Tracer
    ) async -> CommandFailure? {
        do {
            let registry = try await registry(client)
            let metrics = MetricsRegistry()
            metrics.addProcess(version: Version.current)
            let monitor = ConnectionMonitor("service", to: nats, log: log, metrics)
            let connection = try await NATSConnection.connect(nats, onEvent: monitor.observe)
            let settings = PluginSettings(configuration)
            let bucket = StateBucket(
                configuration, on: connection, instance: settings.instance, time: time, log: log, metrics: metrics)
            let service = LLMService(
                registry: registry, settings: configuration.service,
                stores: ServiceStores(configuration, in: bucket), time: time, metrics: metrics)
            service.events.subscribe(ServiceLogger(log: log, time: time).observe)
            let plugin = try NATSPlugin(
                service, on: connection, settings: settings, log: log, time: time, metrics: metrics, tracer: tracer)
            var door: GatewayService?
            if configuration.gateway.isEnabled {
                let monitor = ConnectionMonitor("gateway", to: nats, log: .silent, metrics)
                door = try await GatewayService(configuration, nats, monitor, log, time, metrics, tracer)
            }
            let reload = Reload(
                source: source, started: loaded, registry: registry, service: service, client: client, log: log)
            await serve(plugin, service, bucket, connection, registry, door, signals, reload)
            return nil
        } catch let error as CommandFailure {
            return error
        } catch let error as NATSError {
            return CommandFailure(nats: error)
        } catch {
            return CommandFailure(.unavailable, "NATS: \(error)")
        }
    }

    private func registry(_ client: HTTPClient) async throws(CommandFailure) -> ProviderRegistry {
        let registry = ProviderRegistry(configuration, client: client)
        guard loaded.choosesProvider else { return registry }
        guard let (name, reason) = await registry.firstAvailable() else {
            throw CommandFailure(.configuration, "--provider auto: no provider of the configuration is available")
        }
        log.info("Chose a provider", [.provider: name, .reason: reason])
        registry.setDefault(name)
        return registry
    }

    private func serve(
        _ plugin: NATSPlugin, _ service: LLMService, _ bucket: StateBucket?, _ connection: NATSConnection,
        _ registry: ProviderRegistry, _ door: GatewayService?, _ signals: ProcessSignals, _ reload: Reload
    ) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await bucket?.run() }
            group.addTask { await announce(registry) }
            group.addTask { await manager?.showLife() }
            group.addTask { await ready(plugin, connection) }
            group.addTask { await watch(signals, plugin, service, door, reload) }
            group.addTask { await door?.run() }
            await plugin.run()
            await door?.close()
            if await bucket?.finish(within: .seconds(5)) == false {
                log.error("The last turns could not be stored and are lost")
            }
            group.cancelAll()
        }
        await sendRest(connection, plugin)
        await connection.close()
        log.info(
            "Stopped",
            [
                .answered: String(plugin.metrics.answered.value), .failed: String(plugin.metrics.failed.value),
                .ignored: String(plugin.metrics.ignored.value), .dropped: String(plugin.dropped),
                .unsent: String(plugin.metrics.unsent.value),
            ])
    }

    /// What was answered while NATS was away waits in the connection. It is given a while to come back; then it is said.
    private func sendRest(_ connection: NATSConnection, _ plugin: NATSPlugin) async {
        guard plugin.metrics.answered.value + plugin.metrics.failed.value > 0 else { return }
        let end = time.now + min(configuration.shutdownTimeout, .seconds(10))
        repeat {
            if (try? await connection.flush(timeout: .seconds(2))) != nil { return }
            try? await Task.sleep(for: .milliseconds(100))
        } while time.now < end
        log.error("NATS is away: the last answers may not have been sent")
    }

    // MARK: while it runs

    /// Says which provider answers, and whether it can. It does not hold up the start: a provider may come later.
    private func announce(_ registry: ProviderRegistry) async {
        guard let provider = registry.defaultProvider else { return }
        if await provider.isAvailable() {
            log.info("Provider is available", [.provider: provider.name])
        } else if !Task.isCancelled {
            log.warning(
                "Provider \(provider.name) is not available. Plugin will be limited.", [.hint: "rosey-llm check"])
        }
    }

    /// Says when messages arrive, or that they cannot: then again once another connection is made.
    private func ready(_ plugin: NATSPlugin, _ connection: NATSConnection) async {
        async let _ = startAnyway()
        await plugin.started()
        var refusedIn: Int?
        while !Task.isCancelled {
            let generation = connection.generation
            if generation != refusedIn, (try? await connection.flush(timeout: .seconds(5))) != nil {
                let denied = connection.denied
                let deaf = plugin.subjects.filter { denied.contains(NATSPermission(.subscribe, $0)) }
                if deaf.isEmpty {
                    log.info("Listening", [.subject: plugin.subjects.joined(separator: " ")])
                    manager?.ready("Connected to \(connection.connectedServer ?? "NATS")")
                    return log.info("Ready", [.server: connection.connectedServer ?? ""])
                }
                refusedIn = generation
                log.error(
                    "Not ready: the NATS user may not subscribe where requests come in",
                    [
                        .subject: deaf.joined(separator: " "),
                        .hint: "permit it on the server, then restart this service; see: rosey-llm check",
                    ])
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// The start is not to fail because NATS is away.
    private func startAnyway() async {
        guard (try? await Task.sleep(for: .seconds(10))) != nil else { return }
        manager?.ready("Nothing can be asked yet: see the log")
    }

    /// SIGHUP has the configuration read again. The first signal of the others ends the service in order, the second one at
    /// once.
    private func watch(
        _ signals: ProcessSignals, _ plugin: NATSPlugin, _ service: LLMService, _ door: GatewayService?,
        _ reload: Reload
    ) async {
        var isStopping = false
        var running = configuration
        await withDiscardingTaskGroup { group in
            for await name in signals.names {
                if name == ProcessSignals.reload {
                    if !isStopping {
                        manager?.reloading()
                        await reload.run(&running)
                        manager?.ready("The configuration was read again")
                    }
                    continue
                }
                if isStopping {
                    log.warning("Stopping at once", [.signal: name])
                    _exit(1)
                }
                isStopping = true
                manager?.stopping()
                log.info("Stopping", [.signal: name, .count: String(service.load.running + service.load.waiting)])
                let end = time.now + configuration.shutdownTimeout
                time.call(at: end) { service.abandon() }
                time.call(at: end + .seconds(5)) { [log] in
                    log.error("A provider does not stop; ending without it")
                    _exit(1)
                }
                group.addTask { await door?.stop() }
                group.addTask {
                    await plugin.handOver()
                    service.beginShutdown()
                    await plugin.drain()
                }
            }
        }
    }
}
