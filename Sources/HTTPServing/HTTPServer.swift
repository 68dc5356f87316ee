import CMicroHTTPD
import Glibc
import Synchronization

/// A small HTTP/1.1 server on libmicrohttpd, with one thread and asynchronous handlers.
///
/// Received requests wait, at most one a connection, until ``run()`` hands them to the handler; each handler is a child
/// task of `run()`, cancelled when its client goes.
package final class HTTPServer: Sendable {
    /// Answers one request.
    package typealias Handler = @Sendable (HTTPServerRequest) async -> HTTPServerResponse

    /// The port it listens on.
    package let port: Int

    private let inbox: ServerInbox
    private let accepted: AcceptedRequests
    private let handler: Handler
    private let thread: ServerThread
    private let count: ConnectionCount

    private init(
        port: Int, inbox: ServerInbox, accepted: AcceptedRequests, thread: ServerThread, count: ConnectionCount,
        handler: @escaping Handler
    ) {
        self.count = count
        self.port = port
        self.inbox = inbox
        self.accepted = accepted
        self.thread = thread
        self.handler = handler
    }

    deinit {
        inbox.put(.stop)
        thread.detach()
    }

    /// Opens the port and starts to receive.
    ///
    /// - Throws: ``HTTPServingError`` if the address is not to be had.
    package static func start(
        _ options: HTTPServerOptions = HTTPServerOptions(), handler: @escaping Handler
    ) throws(HTTPServingError) -> HTTPServer {
        guard let poll = ServerPoll() else { throw HTTPServingError(.cannotStart, detail: "no descriptors are left") }
        let (listener, port) = try ListeningSocket.open(host: options.host, port: options.port)
        let inbox = ServerInbox(poll: poll)
        let (accepted, count) = (AcceptedRequests(), ConnectionCount())
        let thread = ServerThread(
            listener: listener, poll: poll, inbox: inbox, accepted: accepted, count: count, options: options)
        guard thread.start() else {
            close(listener)
            throw HTTPServingError(.cannotStart, detail: "no threads are left")
        }
        return HTTPServer(
            port: port, inbox: inbox, accepted: accepted, thread: thread, count: count, handler: handler)
    }

    /// The connections that are open.
    package var connections: Int { count.value }

    /// Answers requests until the server has stopped. To be called once.
    ///
    /// Cancelling it stops the server at once: handlers are cancelled, connections closed.
    package func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                while true {
                    let requests = await accepted.next()
                    if requests.isEmpty { break }
                    for request in requests { group.addTask { await self.answer(request) } }
                }
            }
        } onCancel: {
            inbox.put(.stop)
        }
    }

    /// Takes no more requests, lets those in work be answered, and returns when the last connection is closed.
    ///
    /// Cancelling the task ends those in work too.
    package func stop() async {
        inbox.put(.drain)
        await withTaskCancellationHandler {
            await thread.ended()
        } onCancel: {
            inbox.put(.stop)
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
