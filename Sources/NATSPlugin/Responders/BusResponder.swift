import BusProtocol
import LLMService

/// How what comes of one request on the bus leaves. There is one conformance for each way out: ``ReplyResponder``,
/// ``JobResponder`` and ``AgentResponder``.
protocol BusResponder: Responder {
    /// The request that is responded to.
    var request: RequestContext { get }
    var observer: RequestObserver { get }
    /// The turn that the request makes, where it may come again.
    var turnID: String? { get }

    /// Returns whether the request is to be run. If it is the same as an earlier one, its sender gets what that one got.
    func isNew() -> Bool

    /// The request has its place in the queue.
    func accept()

    /// The request is to be done at once, without waiting for its place in the queue. Returns false where another instance does
    /// it.
    func begin() -> Bool

    /// This instance ends. Returns whether another one does what has not begun.
    func passOn() -> Bool

    /// Nothing is done about the request: no task works on it.
    func drop()

    /// Sends what came of the request.
    ///
    /// - Returns: the error that was sent in its place, if it could not be sent.
    func send(_ result: OperationResult) -> LLMError?

    /// Sends a failure; `text` is what people read.
    func send(_ error: LLMError, text: String)

    /// Sends what is wrong with the message in itself: nothing was done for it.
    func sendRejection(_ error: LLMError)
}

extension BusResponder {
    var turnID: String? { nil }
    func isNew() -> Bool { true }
    func accept() {}
    func begin() -> Bool { true }
    func passOn() -> Bool { false }
    func sendRejection(_ error: LLMError) { send(error, text: error.message) }

    func finish(_ outcome: Result<Answer, LLMError>) {
        switch outcome {
        case .success(let answer): complete(.answer(answer))
        case .failure(let error): fail(error)
        }
    }

    /// Ends the request with what came of it.
    func complete(_ result: OperationResult) {
        if let error = send(result) { observer.failed(request, error) } else { observer.answered(request) }
    }

    /// Ends the request with an error.
    func fail(_ error: LLMError) {
        send(error, text: ServiceTexts.failure(error, through: request.door))
        observer.failed(request, error)
    }

    /// Ends a request that is wrong in itself.
    func reject(_ error: LLMError) {
        sendRejection(error)
        observer.failed(request, error)
    }

    /// Nothing more is done about the request.
    func end() { observer.ended(request) }

    func drop() { end() }

    func settle() async { end() }

    func requestLeft() { observer.left() }
}

// What those ways out do alike whose request may be another instance's to work on. `letGo` ends what this instance has begun to send.
extension BusResponder {
    /// Returns whether the request, whose turn it is, is worked on here.
    func mayBegin(_ ownership: borrowing Ownership, letGo: () -> Void) async -> Bool {
        if await ownership.mayBegin(request) { return true }
        letGo()
        end()
        return false
    }

    /// Returns whether another instance works on the request, now that this one ends.
    func passOn(_ ownership: borrowing Ownership, letGo: () -> Void) -> Bool {
        guard ownership.passOn(request) else { return false }
        letGo()
        return true
    }

    /// Ends the request with what came of it, unless that is another instance's to tell.
    func finish(_ outcome: Result<Answer, LLMError>, _ ownership: borrowing Ownership, letGo: () -> Void) {
        if ownership.isElsewhere { return }
        switch outcome {
        case .success(let answer): complete(.answer(answer))
        case .failure(let error):
            // What has not begun is answered by another instance, if there is one.
            if error.code == .shuttingDown, passOn() { return }
            if ownership.mayFail(request) { fail(error) } else { letGo() }
        }
    }
}
