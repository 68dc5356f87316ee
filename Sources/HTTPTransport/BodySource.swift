/// Where a body comes from; the transfer is closed with it.
final class BodySource: Sendable {
    let transfer: Transfer
    /// Held so that a client that nobody else holds lives as long as its answers.
    let client: HTTPClient

    init(_ transfer: Transfer, _ client: HTTPClient) {
        self.transfer = transfer
        self.client = client
    }

    deinit { close() }

    /// The next chunk, nil at the end.
    func next() async throws(HTTPError) -> [UInt8]? {
        if Task.isCancelled { close() }
        // What is there already costs neither a suspension nor a cancellation handler.
        if let piece = transfer.body.ready(resumeProducer: resume) { return try piece.get() }
        let piece = await withTaskCancellationHandler {
            await withCheckedContinuation { transfer.body.next($0, resumeProducer: resume) }
        } onCancel: {
            close()
        }
        return try piece.get()
    }

    func contentBegan() {
        if transfer.content.begin() == .tellLoop { client.transfers.contentBegan(transfer) }
    }

    func discardRest() {
        if transfer.body.discard() { client.transfers.discard(transfer) }
    }

    func close() {
        if transfer.body.close() { client.transfers.cancel(transfer) }
    }

    private func resume() { client.transfers.resume(transfer) }
}
