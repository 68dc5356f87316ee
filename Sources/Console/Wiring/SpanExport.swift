import Observability
import ServiceRuntime
import TraceExport

/// The spans' way out of the process, where the environment wants one.
struct SpanExport: Sendable {
    private let settings: ExportSettings?
    private let log: Log
    private let time: any TimeSource

    /// - Parameter settings: nil: there are no spans.
    init(_ settings: ExportSettings?, log: Log, time: any TimeSource) {
        (self.settings, self.log, self.time) = (settings, log, time)
    }

    /// For what is left at the end.
    private static let patience = Duration.seconds(3)

    /// Runs the body with a tracer, and then sends what is left of its spans, as long as that does not take long.
    func run<Value: Sendable>(_ body: (Tracer) async -> Value) async -> Value {
        guard let settings else { return await body(.off) }
        let exporter = SpanExporter(settings, version: Version.current, log: log, time: time)
        log.info("Sending spans", [.server: settings.server])
        let running = Task { await exporter.run() }
        let value = await body(Tracer(exporter, sampler: settings.sampler, time: time))
        exporter.close()
        time.call(at: time.now + Self.patience) { running.cancel() }
        await running.value
        return value
    }
}
