import Configuration
import Glibc
import HTTPGateway
import ServiceRuntime

/// `rosey-llm gateway`: the HTTP interface in a process of its own.
struct GatewayCommand {
    let configuration: Configuration
    let log: Log
    private let time = SystemTime()

    init(configuration: Configuration, log: Log) {
        self.configuration = configuration
        self.log = log
    }

    /// Answers until a signal comes.
    func run() async throws(CommandFailure) {
        let signals = TerminationSignals()
        log.info("Starting rosey-llm gateway", [.version: Version.current])
        let nats = configuration.nats
        let metrics = MetricsRegistry()
        ProcessMetrics.add(to: metrics, version: Version.current)
        let door = try await GatewayDoor(
            configuration.gateway, nats, ConnectionStory(log: log, servers: nats.servers), log, time, metrics,
            ConnectionMetrics(metrics))
        await withDiscardingTaskGroup { group in
            group.addTask { await watch(signals, door) }
            await door.run()
            group.cancelAll()
        }
        await door.close()
        log.info("Stopped")
    }

    /// The first signal ends it in order, the second one at once.
    private func watch(_ signals: TerminationSignals, _ door: GatewayDoor) async {
        await withDiscardingTaskGroup { group in
            var isStopping = false
            for await name in signals.names {
                if isStopping {
                    log.warning("Stopping at once", [.signal: name])
                    _exit(1)
                }
                isStopping = true
                log.info("Stopping", [.signal: name])
                let stopping = Task { await door.stop() }
                time.call(at: time.now + configuration.service.shutdownTimeout) { stopping.cancel() }
                group.addTask { await stopping.value }
            }
        }
    }
}
