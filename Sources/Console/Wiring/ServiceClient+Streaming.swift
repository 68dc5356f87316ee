import BusProtocol
import FoundationEssentials
import NATSClient

extension ServiceClient {
    /// Asks, and shows the answer as it comes. Where nobody listens yet, it asks again until `startup` is over.
    ///
    /// - Parameters:
    ///   - payload: a request with `"stream": true`.
    ///   - timeout: for the first reply, and from each to the next.
    ///   - shown: where it is shown; its line is ended whatever comes of it.
    /// - Returns: the failure, where there is one; it is not shown.
    func ask(
        _ payload: [UInt8], on subject: String, timeout: Duration, startup: Duration = .seconds(5),
        into shown: inout SpokenAnswer
    ) async throws(CommandFailure) -> String? {
        defer { shown.endLine() }
        let deadline = ContinuousClock.now + startup
        while true {
            do throws(NATSError) {
                switch try await receive(payload, on: subject, timeout: timeout, into: &shown) {
                case .success(let content):
                    shown.finish(content)
                    return nil
                case .failure(let failure):
                    return failure.text
                }
            } catch {
                guard error.code == .noResponders, ContinuousClock.now < deadline else { throw failure(error, timeout) }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func receive(
        _ payload: [UInt8], on subject: String, timeout: Duration, into shown: inout SpokenAnswer
    ) async throws(NATSError) -> Result<String, LLMFailure> {
        var replies = try connection.requestMany(payload, to: subject, idleTimeout: timeout).makeAsyncIterator()
        while let message = try await replies.next() {
            let reply = LLMReply.decode(message.payload)
            guard case .delta(let delta)? = reply else { return Self.result(reply) }
            shown.add(delta.content)
        }
        return Self.result(nil)
    }
}
