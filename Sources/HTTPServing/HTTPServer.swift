import Concurrency
import Synchronization

/// A small HTTP/1.1 server on libmicrohttpd, with an event loop that all servers share, and asynchronous handlers.
///
/// Received requests wait, at most one a connection, until ``run()`` hands them to the handler; each handler is a child
/// task of `run()`, cancelled when its client goes.
package final class HTTPServer: Sendable {
    /// Answers one request.
    package typealias Handler = @Sendable (HTTPServerRequest) async -> HTTPServerResponse

    /// The port it listens on.
    package let port: Int

    private let daemon: ServerDaemon
    private let handler: Handler

    private init(port: Int, daemon: ServerDaemon, handler: @escaping Handler) {
        (self.port, self.daemon, self.handler) = (port, daemon, handler)
    }

    deinit { daemon.perform { $0.stop() } }

    /// Opens the port and starts to receive.
    ///
    /// - Throws: ``HTTPServingError`` if the address is not to be had.
    package static func start(
        _ options: HTTPServerOptions = HTTPServerOptions(), handler: @escaping Handler
    ) throws(HTTPServingError) -> HTTPServer {
        let (listener, port) = try ListeningSocket.open(host: options.host, port: options.port)
        return HTTPServer(port: port, daemon: ServerDaemon(listener: listener, options: options), handler: handler)
    }

    /// The connections that are open.
    package var connections: Int { daemon.connections.load(ordering: .relaxed) }

    /// Answers requests until the server has stopped. To be called once.
    ///
    /// Cancelling it stops the server at once: handlers are cancelled, connections closed.
    package func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await request in daemon.accepted.stream { group.addTask { await self.answer(request) } }
            }
            await daemon.ended.wait()
        } onCancel: {
            daemon.perform { $0.stop() }
        }
    }

    /// Takes no more requests, lets those in work be answered, and returns when the last connection is closed.
    ///
    /// Cancelling the task ends those in work too.
    package func stop() async {
        daemon.perform { $0.drain() }
        await withTaskCancellationHandler {
            await daemon.ended.wait()
        } onCancel: {
            daemon.perform { $0.stop() }
        }
    }

    /// The handler and its client: whichever ends first ends the other.
    private func answer(_ request: HTTPServerRequest) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await request.exchange?.respond(await self.handler(request)) }
            group.addTask { await request.closed() }
            await group.next()
            group.cancelAll()
        }
    }
}
