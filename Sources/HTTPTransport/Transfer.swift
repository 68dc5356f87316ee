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

/// What one turn of the loop has for a transfer's caller or consumer. Bytes are in the body's channel already.
struct Handover {
    let transfer: Transfer
    /// Nil once the transfer has left it.
    var handle: EasyHandle?
    /// The head of a streamed answer, if it came in this turn.
    var head: RawAnswer?
    /// What became of it, if it came to its end.
    var end: Result<RawAnswer, HTTPError>?

    /// Wakes whoever waits for any of it, once. True: the transfer had been paused, and there is room again.
    func deliver() -> Bool {
        if let end {
            transfer.end(end, head: head)
        } else if let head {
            transfer.answer(head)
        } else {
            return transfer.body.handOver()
        }
        return false
    }
}

/// Whether the consumer of a streamed body has seen content in it, as it tells the loop.
///
/// The loop looks when a timeout may be over, so that thousands of streams do not wake it one by one when they begin;
/// only after it has looked in vain it is told.
struct ContentMark: ~Copyable, Sendable {
    /// What whoever says that content has begun has to do now.
    enum Reaction: Equatable { case nothing, tellLoop }

    private static let none: UInt8 = 0
    private static let begun: UInt8 = 1
    /// None yet, and the loop wants to be told.
    private static let awaited: UInt8 = 2

    private let state = Atomic<UInt8>(none)

    /// From the consumer: content has begun.
    func begin() -> Reaction {
        state.exchange(Self.begun, ordering: .acquiringAndReleasing) == Self.awaited ? .tellLoop : .nothing
    }

    /// From the loop: whether content has begun. If not, the loop is told when it does.
    func look() -> Bool {
        let (_, state) = state.compareExchange(
            expected: Self.none, desired: Self.awaited, ordering: .acquiringAndReleasing)
        return state == Self.begun
    }
}
