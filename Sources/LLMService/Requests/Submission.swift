package import LanguageModels
import ServiceRuntime

/// A request that has its place in line. ``run(deltas:deliver:)`` must be called, once.
package struct Submission: Sendable {
    /// The id of the request, given or made up.
    package let requestID: String

    /// Says why an answer cannot be delivered, if it cannot: its turn is then not stored.
    package var refusal: @Sendable (Answer) -> LLMError? = { _ in nil }

    let service: LLMService
    let ticket: Lanes.Ticket
    let work: Work
    let options: RequestOptions
    let arrival: ContinuousClock.Instant
    let timeout: Duration

    /// Waits for its turn, asks a provider, stores the turn, and hands over the answer or the one error; then the next of
    /// its channel runs. So what `deliver` sends goes out in the order of the conversation.
    ///
    /// - Parameters:
    ///   - deltas: receives the answer piece by piece as it comes.
    ///   - deliver: called exactly once.
    package func run(deltas: DeltaSink? = nil, deliver: @Sendable (Result<Answer, LLMError>) async -> Void) async {
        await deliver(service.outcome(of: self, deltas: deltas))
        service.leave(self)
    }
}
