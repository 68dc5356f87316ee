/// An HTTP client for many exchanges at once: one thread on libcurl's multi interface, with kept connections.
///
/// Redirects are not followed. A request on a kept connection that turns out to be closed, before a byte of the answer
/// came, is sent once more on a new one, as HTTP allows. Proxies are the environment's (`https_proxy`, `no_proxy`, …),
/// but never for this machine's own addresses.
package final class HTTPClient: Sendable {
    /// How much of a streamed body may lie ready before the transfer waits for its consumer, in bytes.
    static let bodyBuffer = 64 << 10

    /// The process's own.
    package static let shared = HTTPClient()

    let loop: TransferLoop

    /// - Parameters:
    ///   - maxConnections: The most connections at once, in use or kept; less if the process may have fewer
    ///     descriptors. Requests beyond it wait.
    ///   - caFile: A PEM file of certificates to trust; nil: the environment's `SSL_CERT_FILE`, or the system's.
    package init(maxConnections: Int = 8192, caFile: String? = nil) {
        loop = TransferLoop(options: HTTPClientOptions(maxConnections: maxConnections, caFile: caFile))
    }

    deinit { loop.abandon() }

    /// Makes an exchange and collects the answer, whatever its status.
    ///
    /// Cancelling the task closes the transfer.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let answer = try await head(Transfer(request))
        return HTTPResponse(status: answer.status, headers: HTTPHeaders(lines: answer.headerLines), body: answer.body)
    }

    /// Makes an exchange and returns as soon as the answer's head is there.
    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamingResponse {
        let channel = BodyChannel(limit: Self.bodyBuffer)
        let transfer = Transfer(request, body: channel)
        // Made first: from here on the transfer is closed whatever happens.
        let source = BodySource(channel: channel, transfer: transfer, client: self)
        let answer = try await head(transfer)
        return HTTPStreamingResponse(
            status: answer.status, headers: HTTPHeaders(lines: answer.headerLines), body: HTTPBody(source))
    }

    /// Ends every exchange with ``HTTPError/Code/shutDown``, also those that come later, and the thread.
    package func shutDown() async { await loop.shutDown() }

    private func head(_ transfer: Transfer) async throws(HTTPError) -> RawAnswer {
        try transfer.request.check()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if transfer.submit(waiter) {
                    loop.add(transfer)
                } else {
                    waiter.resume(returning: .failure(HTTPError(.cancelled)))
                }
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        return try result.get()
    }
}
