import Configuration
import Glibc
import GatewayCore
import NATSClient
import Observability
import ServiceRuntime
import TraceExport

/// `rosey-llm gateway`: the HTTP interface in a process of its own.
struct GatewayCommand {
    let source: ConfigurationSource
    let configuration: Configuration
    let log: Log
    let spans: SpanExport
    /// The systemd that has started this process; nil where none has.
    let manager: ServiceManager?
    private let time = SystemTime()

    init(
        source: ConfigurationSource, configuration: Configuration, log: Log, spans: ExportSettings?,
        manager: ServiceManager?
    ) {
        (self.source, self.configuration) = (source, configuration)
        (self.log, self.manager) = (log, manager)
        self.spans = SpanExport(spans, log: log, time: time)
    }

    /// Answers until a signal comes.
    func run() async throws(CommandFailure) {
        let signals = ProcessSignals()
        log.info("Starting rosey-llm gateway", [.version: Version.current])
        let failure = await spans.run { tracer -> CommandFailure? in
            do throws(CommandFailure) { try await serve(signals, tracer) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        log.info("Stopped")
    }

    private func serve(_ signals: ProcessSignals, _ tracer: Tracer) async throws(CommandFailure) {
        let nats = configuration.nats
        let metrics = MetricsRegistry()
        metrics.addProcess(version: Version.current)
        let monitor = ConnectionMonitor("gateway", to: nats, log: log, metrics)
        let door = try await GatewayService(configuration, nats, monitor, log, time, metrics, tracer)
        await withDiscardingTaskGroup { group in
            group.addTask { await watch(signals, door) }
            group.addTask { await manager?.showLife() }
            manager?.ready("Answering HTTP")
            await door.run()
            group.cancelAll()
        }
        await door.close()
    }

    /// Reads the configuration again. Of a gateway the log's level alone can change while it runs.
    private func reload() {
        do throws(CommandFailure) {
            log.level = try source.load().configuration.logLevel
            log.info("The configuration was read again; all but logging.level is in force only after a restart")
        } catch {
            log.error("The configuration has faults: nothing is changed", [.reason: error.description])
        }
    }

    /// SIGHUP has the configuration read again. The first signal of the others ends it in order, the second one at once.
    private func watch(_ signals: ProcessSignals, _ door: GatewayService) async {
        await withDiscardingTaskGroup { group in
            var isStopping = false
            for await name in signals.names {
                if name == ProcessSignals.reload {
                    if !isStopping {
                        manager?.reloading()
                        reload()
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
                log.info("Stopping", [.signal: name])
                let stopping = Task { await door.stop() }
                time.call(at: time.now + configuration.shutdownTimeout) { stopping.cancel() }
                group.addTask { await stopping.value }
            }
        }
    }
}
