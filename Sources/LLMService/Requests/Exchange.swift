import LanguageModels
import ServiceRuntime
import Synchronization

/// One request to a model, from its place in the queue to its one end. ``start()`` must be called, once.
package final class Exchange: Sendable {
    /// The id of the request, given or made up.
    package let requestID: String

    let work: Work
    let options: RequestOptions
    let responder: any Responder
    let arrival: ContinuousClock.Instant
    let timeout: Duration
    let ticket: RequestQueue.Ticket
    let meter: UsageMeter
    private let service: LLMService
    private let state = Mutex(State())

    private struct State {
        var admission = Admission.unlimited
        var outcome: Result<Answer, LLMError>?
    }

    /// How its usage is counted.
    enum Admission: Sendable {
        /// No limit is on it.
        case unlimited
        case refused
        case granted(UsageLimiter.Admission)
    }

    init(
        requestID: String, _ work: Work, _ options: RequestOptions, to responder: any Responder,
        arrival: ContinuousClock.Instant, timeout: Duration, ticket: RequestQueue.Ticket, service: LLMService
    ) {
        (self.requestID, self.work, self.options, self.responder) = (requestID, work, options, responder)
        (self.arrival, self.timeout, self.ticket, self.service) = (arrival, timeout, ticket, service)
        meter = UsageMeter(below: options.span)
    }

    /// In whose name it is made.
    var caller: Caller? { options.caller(of: work) }

    /// The user who asks, if known.
    var user: String? { work.user ?? options.caller?.user }

    /// The channel that it is for.
    var channel: String? { options.channel(of: work) }

    /// By when it must be done.
    var deadline: ContinuousClock.Instant { arrival + timeout }

    /// Starts the one task that works on the request: it waits for its slot, asks a provider, stores the turn and has the
    /// answer, or the one error, delivered; then the next of its channel runs. So the order of what is delivered is the
    /// order of the conversation.
    @discardableResult
    package func start() -> Task<Void, Never> {
        let task = Task(executorPreference: service.executor) { [service] in await service.run(self) }
        service.queue.attach(ticket, task)
        return task
    }

    /// Starts the request and waits until it is over. Cancelling the caller cancels the request.
    package func run() async {
        let task = start()
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            service.queue.stop(.ticket(ticket))
        }
    }

    var admission: Admission {
        get { state.withLock { $0.admission } }
        set { state.withLock { $0.admission = newValue } }
    }

    /// Returns once it is known whether what has come of it may be delivered: at once, unless a connection was lost.
    func decided() async { if responder.isUndecided { await responder.decided() } }

    /// Delivers the answer, or the one error.
    func finish(_ outcome: Result<Answer, LLMError>) {
        state.withLock { $0.outcome = outcome }
        responder.finish(outcome)
    }

    /// What was delivered; nil before.
    var outcome: Result<Answer, LLMError>? { state.withLock { $0.outcome } }
}

/// How what comes of one request leaves: the pieces of its answer as they come, and its one end.
package protocol Responder: Sendable {
    /// Whether pieces are wanted as they come.
    var takesDeltas: Bool { get }

    /// Returns whether the request is still to be worked on, now that it has its slot; else somebody else does, and nothing is
    /// to be delivered.
    func mayBegin() async -> Bool

    /// Whether it is not known for a moment whether the answer, or the error, is this one's to deliver.
    var isUndecided: Bool { get }

    /// Returns once that is known, or the task is cancelled.
    func decided() async

    /// Takes a piece of the answer.
    func delta(_ text: String)

    /// Returns why an answer cannot be delivered, if it cannot: its turn is then not stored.
    func refusal(of answer: Answer) -> LLMError?

    /// Takes the answer, or the one error. Called once; no piece follows.
    func finish(_ result: Result<Answer, LLMError>)

    /// Returns once it may be told to others that the request is over; the next of its channel waits for that.
    func settle() async

    /// The request has left the queue, and everything about it is done.
    func requestLeft()
}

extension Responder {
    /// Returns true: there is nothing to wait for.
    package func mayBegin() async -> Bool { true }
    /// Returns false: whoever works on a request delivers its answer.
    package var isUndecided: Bool { false }
    /// Returns at once.
    package func decided() async {}
    /// Returns nil: every answer can be delivered.
    package func refusal(of answer: Answer) -> LLMError? { nil }
    /// Returns at once.
    package func settle() async {}
    /// Does nothing.
    package func requestLeft() {}
}

/// The responder of those who call the service from Swift: the outcome is read from the exchange.
struct DirectResponder: Responder {
    let deltas: DeltaSink?

    var takesDeltas: Bool { deltas != nil }
    func delta(_ text: String) { deltas?(text) }
    func finish(_ result: Result<Answer, LLMError>) {}
}

extension RequestOptions {
    /// The channel that a request is for.
    func channel(of work: Work) -> String? { work.channel ?? channel.flatMap { $0.isEmpty ? nil : $0 } }

    /// In whose name a request is made.
    func caller(of work: Work) -> Caller? { caller ?? work.user.map(Caller.user) }
}
