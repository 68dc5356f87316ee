import Configuration
import Glibc
import HTTPGateway
import NATSClient
import ServiceRuntime
import TraceExport
import Tracing

/// `rosey-llm gateway`: the HTTP interface in a process of its own.
struct GatewayCommand {
    let configuration: Configuration
    let log: Log
    let spans: SpanExport
    private let time = SystemTime()

    init(configuration: Configuration, log: Log, spans: ExportSettings?) {
        self.configuration = configuration
        self.log = log
        self.spans = SpanExport(spans, log: log, time: time)
    }

    /// Answers until a signal comes.
    func run() async throws(CommandFailure) {
        let signals = TerminationSignals()
        log.info("Starting rosey-llm gateway", [.version: Version.current])
        let failure = await spans.run { tracer -> CommandFailure? in
            do throws(CommandFailure) { try await serve(signals, tracer) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        log.info("Stopped")
    }

    private func serve(_ signals: TerminationSignals, _ tracer: Tracer) async throws(CommandFailure) {
        let nats = configuration.nats
        let metrics = MetricsRegistry()
        ProcessMetrics.add(to: metrics, version: Version.current)
        let door = try await GatewayDoor(
            configuration, nats, ConnectionStory(log: log, servers: nats.servers), log, time, metrics,
            ConnectionMetrics(metrics), tracer)
        await withDiscardingTaskGroup { group in
            group.addTask { await watch(signals, door) }
            await door.run()
            group.cancelAll()
        }
        await door.close()
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
                time.call(at: time.now + configuration.shutdownTimeout) { stopping.cancel() }
                group.addTask { await stopping.value }
            }
        }
    }
}
