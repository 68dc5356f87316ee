import FoundationEssentials
import Synchronization

/// One exchange on its way: what the caller, a cancel and the loop share.
final class Transfer: Sendable {
    typealias Waiter = CheckedContinuation<Result<RawAnswer, HTTPError>, Never>

    let request: HTTPRequest
    let endpoint: HTTPEndpoint
    /// Headers besides the endpoint's.
    let headers: [(name: String, value: String)]
    /// Whether the body goes to ``body`` as it comes, or is collected.
    let isStreamed: Bool
    /// Of use when the body is streamed: at most 64 KiB of it lie there before the transfer waits for its consumer.
    let body = BodyChannel(limit: 64 << 10)
    let content = ContentMark()
    private let life = Mutex(TransferLife<Waiter>())

    /// - Throws: ``HTTPError/Code/badRequest``.
    init(_ request: HTTPRequest, isStreamed: Bool) throws(HTTPError) {
        (endpoint, headers) = try request.resolved()
        self.request = request
        self.isStreamed = isStreamed
    }

    /// Whether the first byte of the body ends the wait for it. Of a collected body nobody could say more.
    var firstByteIsContent: Bool { !isStreamed || request.firstByteIsContent }

    /// See ``TransferLife``.
    func submit(_ waiter: Waiter) -> Bool { life.withLock { $0.submit(waiter) } }

    func cancel() -> TransferLife<Waiter>.Cancellation { life.withLock { $0.cancel() } }

    func begin(slot: Int) -> Bool { life.withLock { $0.begin(slot: slot) } }

    var slot: Int? { life.withLock { $0.slot } }

    /// Hands over the head of a streamed answer, and with it all that its body's channel has.
    func answer(_ head: RawAnswer) { life.withLock { $0.takeWaiter() }?.resume(returning: .success(head)) }

    /// Ends it for the caller, once.
    ///
    /// - Parameter head: The head of a streamed answer, if nobody has it yet: then a failure is the body's.
    func end(_ result: Result<RawAnswer, HTTPError>, head: RawAnswer? = nil) {
        guard let ending = life.withLock({ $0.end() }) else { return }
        switch result {
        case .success: body.finish(nil)
        case .failure(let error): body.finish(error)
        }
        ending.waiter?.resume(returning: head.map { .success($0) } ?? result)
    }
}

/// An answer whose head nobody has taken apart yet: that is left to the caller's thread.
struct RawAnswer {
    var status: Int
    var headerLines: [UInt8]
    /// Empty when the body is streamed.
    var body: Data
}
