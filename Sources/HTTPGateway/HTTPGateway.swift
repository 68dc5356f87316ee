package import GatewayCore
package import HTTPServing
package import NATSClient
package import Observability
package import ServiceRuntime
import WebChat

/// The service with OpenAI's HTTP interface: a client of the bus like any plugin, so it can run beside the service or
/// elsewhere, once or many times.
package final class HTTPGateway: Sendable {
    private let server: HTTPServer
    private let web: WebChatHandler?

    private init(_ server: HTTPServer, _ web: WebChatHandler?) {
        self.server = server
        self.web = web
    }

    /// Opens the port. Requests wait until ``run()``.
    ///
    /// - Parameters:
    ///   - metrics: what `/metrics` tells; the gateway adds its own.
    ///   - log: hears of sign-ins and of wrong keys.
    /// - Throws: where the address is not to be had; and where it is not of this machine alone, and there are no keys.
    package static func start(
        _ settings: GatewaySettings, on connection: NATSConnection, time: any TimeSource = SystemTime(),
        metrics: MetricsRegistry = MetricsRegistry(), tracer: Tracer = .off, log: Log = .silent
    ) throws(HTTPServingError) -> HTTPGateway {
        guard !settings.apiKeys.isEmpty || HostCheck.isLoopback(settings.host) else {
            throw HTTPServingError(.notAllowed, detail: "without API keys only this machine may be let in")
        }
        let meter = HTTPMetrics(metrics, time: time)
        let bus = ServiceBus(connection)
        let keyWatch = KeyWatch(metrics, log: log, time: time)
        let web = settings.hasPage ? WebChatHandler(settings, connection, bus, keyWatch, time: time) : nil
        let router = GatewayRouter(
            settings, bus, web: web, time: time, metrics: metrics, meter: meter, tracer: tracer,
            keyWatch: keyWatch)
        let options = HTTPServerOptions(
            host: settings.host, port: settings.port, maxConnections: settings.maxConnections,
            maxBodyBytes: settings.maxBodyBytes, connectionTimeout: settings.receiveTimeout,
            admit: router.admit, refuse: router.refuse)
        let server = try HTTPServer.start(options) { await router.answer($0) }
        metrics.gauge("rosey_llm_http_connections", "Connections of HTTP clients that are open.") { [weak server] in
            server?.connections ?? 0
        }
        return HTTPGateway(server, web)
    }

    /// The port it listens on.
    package var port: Int { server.port }

    /// Answers requests until ``stop()``. Cancelling it ends everything at once.
    package func run() async {
        await withDiscardingTaskGroup { group in
            if let web { group.addTask { await web.run() } }
            await server.run()
            group.cancelAll()
        }
    }

    /// Takes no more requests, and returns when those in work are answered. Cancelling it ends those too.
    package func stop() async {
        // Pages stay for as long as they are let.
        web?.close()
        await server.stop()
    }
}
