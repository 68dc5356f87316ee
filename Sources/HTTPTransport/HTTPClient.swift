package import Concurrency

/// An HTTP client for many exchanges at once, on libcurl's multi interface in an event loop, with kept connections.
///
/// A task that runs on the same loop (`Task(executorPreference: client.loop)`) makes an exchange without any other thread: it
/// begins in the same turn, and the task is resumed in the turn that the answer comes in.
///
/// Redirects are not followed. A request on a kept connection that turns out to be closed, before a byte of the answer
/// came, is sent once more on a new one, as HTTP allows. Proxies are the environment's (`https_proxy`, `no_proxy`, …),
/// but never for this machine's own addresses.
package final class HTTPClient: Sendable {
    /// The process's own.
    package static let shared = HTTPClient()

    /// The loop that the client works on.
    package let loop: EventLoop
    let transfers: TransferLoop

    /// - Parameters:
    ///   - loop: The event loop to work on, which is to outlive the client.
    ///   - maxConnections: The most connections at once, in use or kept; less if the process may have fewer
    ///     descriptors. Requests beyond it wait.
    ///   - caFile: A PEM file of certificates to trust; nil: the environment's `SSL_CERT_FILE`, or the system's.
    package init(loop: EventLoop = .shared, maxConnections: Int = 8192, caFile: String? = nil) {
        self.loop = loop
        transfers = TransferLoop(
            loop: loop, options: HTTPClientOptions(maxConnections: maxConnections, caFile: caFile))
    }

    deinit { transfers.abandon() }

    /// Makes an exchange and collects the answer, whatever its status.
    ///
    /// Cancelling the task closes the transfer.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let answer = try await head(try Transfer(request, isStreamed: false))
        return HTTPResponse(status: answer.status, headers: HTTPHeaders(lines: answer.headerLines), body: answer.body)
    }

    /// Makes an exchange and returns as soon as the answer's head is there.
    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamingResponse {
        try await open(request).response()
    }

    /// Prepares an exchange. It begins when its response is waited for, and is closed when it is let go.
    ///
    /// - Throws: ``HTTPError/Code/badRequest``.
    package func open(_ request: HTTPRequest) throws(HTTPError) -> HTTPPendingResponse {
        HTTPPendingResponse(source: BodySource(try Transfer(request, isStreamed: true), self))
    }

    /// Ends every exchange with ``HTTPError/Code/shutDown``, also those that come later, and closes the connections.
    package func shutDown() async { await transfers.shutDown() }

    @inline(__always)
    fileprivate func head(_ transfer: Transfer) async throws(HTTPError) -> RawAnswer {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if transfer.submit(waiter) {
                    transfers.add(transfer)
                } else {
                    waiter.resume(returning: .failure(HTTPError(.cancelled)))
                }
            }
        } onCancel: {
            transfers.cancel(transfer)
        }
        return try result.get()
    }
}

/// An exchange whose request is prepared. A reference, so that whoever waits for the response need not keep the request.
package struct HTTPPendingResponse: Sendable {
    fileprivate let source: BodySource

    /// Sends the request, and returns the response once its head is there. To be called once.
    package func response() async throws(HTTPError) -> HTTPStreamingResponse {
        let answer = try await source.client.head(source.transfer)
        return HTTPStreamingResponse(
            status: answer.status, headers: HTTPHeaders(lines: answer.headerLines), body: HTTPBody(source))
    }
}
