import Configuration
import GatewayCore
import HTTPGateway
import HTTPServing
import NATSClient
import Observability
import ServiceRuntime

/// The HTTP interface with a connection to NATS of its own, as any client of the service has.
struct GatewayService: Sendable {
    private let gateway: HTTPGateway
    private let connection: NATSConnection
    private let time: any TimeSource

    /// Connects, and opens the port.
    init(
        _ configuration: Configuration, _ nats: NATSOptions, _ monitor: ConnectionMonitor, _ log: Log,
        _ time: any TimeSource, _ metrics: MetricsRegistry, _ tracer: Tracer
    ) async throws(CommandFailure) {
        self.time = time
        var (settings, nats) = (configuration.gateway, nats)
        nats.name += "-gateway"
        // The rest is for NATS, the providers and whatever else the process has open.
        let files = OpenFiles.raiseLimit()
        let room = max(files / 2, files - 4096)
        if room < settings.maxConnections {
            log.warning(
                "Too few open files are allowed for gateway.max_connections; fewer connections are accepted",
                [.count: String(room)])
            settings.maxConnections = room
        }
        do throws(NATSError) {
            connection = try await NATSConnection.connect(nats, onEvent: monitor.observe)
        } catch {
            throw CommandFailure(nats: error)
        }
        do throws(HTTPServingError) {
            gateway = try HTTPGateway.start(
                settings, on: connection, time: time, metrics: metrics, tracer: tracer, log: log)
        } catch {
            await connection.close()
            let place = "\(settings.host):\(settings.port)"
            throw CommandFailure(
                error.code == .addressInUse ? .unavailable : .configuration,
                "gateway: cannot listen on \(place): \(error.detail)")
        }
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        log.info(
            "Answering HTTP",
            [.server: "http://\(host):\(gateway.port)/v1", .count: String(settings.apiKeys.count)])
    }

    /// Answers until ``stop()``.
    func run() async { await gateway.run() }

    /// Takes no more requests, and returns when those in work are answered. Cancelling it ends them.
    func stop() async { await gateway.stop() }

    /// Stops, and leaves NATS. All is answered by now: who has not read it within two seconds is cut off.
    func close() async {
        let stopping = Task { await gateway.stop() }
        time.call(at: time.now + .seconds(2)) { stopping.cancel() }
        await stopping.value
        await connection.close()
    }
}
