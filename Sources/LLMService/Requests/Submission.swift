package import LanguageModels
import ServiceRuntime
import Synchronization

/// A request that has its place in line. ``run(deltas:deliver:)`` must be called, once.
///
/// A reference: many functions hold it while they wait for the answer.
package final class Submission: Sendable {
    /// Says why an answer cannot be delivered, if it cannot: its turn is then not stored.
    package typealias Refusal = @Sendable (Answer) -> LLMError?

    /// The id of the request, given or made up.
    package let requestID: String

    let refusal: Refusal
    let service: LLMService
    let ticket: RequestQueue.Ticket
    let work: Work
    let options: RequestOptions
    let arrival: ContinuousClock.Instant
    let timeout: Duration
    /// What it has cost so far.
    let spending: Spending

    init(
        requestID: String, service: LLMService, ticket: RequestQueue.Ticket, work: Work, options: RequestOptions,
        arrival: ContinuousClock.Instant, timeout: Duration, refusal: @escaping Refusal
    ) {
        (self.requestID, self.service, self.ticket, self.work) = (requestID, service, ticket, work)
        (self.options, self.arrival, self.timeout, self.refusal) = (options, arrival, timeout, refusal)
        spending = Spending(below: options.span)
    }

    /// In whose name it is made.
    var caller: Caller? { options.caller(of: work) }

    /// Who asks, where that is known.
    var user: String? { work.user ?? options.caller?.user }

    /// The channel that it is for.
    var channel: String? { options.channel(of: work) }

    /// By when it must be done.
    var deadline: ContinuousClock.Instant { arrival + timeout }

    /// Waits for its turn, asks a provider, stores the turn, and hands over the answer or the one error; then the next of
    /// its channel runs. So what `deliver` sends goes out in the order of the conversation.
    ///
    /// - Parameters:
    ///   - deltas: receives the answer piece by piece as it comes.
    ///   - deliver: called exactly once.
    package func run(deltas: DeltaSink? = nil, deliver: @Sendable (Result<Answer, LLMError>) async -> Void) async {
        // A task of its own: to stop one request is to cancel one task.
        let outcome = Mutex<Result<Boxed<Answer>, LLMError>?>(nil)
        let task = Task {
            let result = await service.outcome(of: self, deltas: deltas)
            outcome.withLock { $0 = result }
        }
        service.queue.attach(ticket, task)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            service.queue.stop(.ticket(ticket))
        }
        if let outcome = outcome.withLock({ $0 }) { await hand(outcome, to: deliver) }
        service.queue.leave(ticket)
    }

    @inline(never)
    private func hand(
        _ outcome: Result<Boxed<Answer>, LLMError>, to deliver: @Sendable (Result<Answer, LLMError>) async -> Void
    ) async {
        await deliver(outcome.map(\.value))
        service.tell(outcome, of: self)
    }
}

extension RequestOptions {
    /// The channel that a request is for.
    func channel(of work: Work) -> String? { work.channel ?? channel.flatMap { $0.isEmpty ? nil : $0 } }

    /// In whose name a request is made.
    func caller(of work: Work) -> Caller? { caller ?? work.user.map(Caller.user) }
}
