import LanguageModels
import ServiceRuntime

/// What a model is asked, and all that goes with it. A reference: every function that waits for the answer holds it.
final class Question: Sendable {
    let candidate: Dispatcher.Candidate
    let request: CompletionRequest
    let deadline: ContinuousClock.Instant
    /// Takes the answer piece by piece.
    let deltas: DeltaSink?
    /// Takes what it costs.
    let spending: Spending?

    init(
        _ candidate: Dispatcher.Candidate, _ request: CompletionRequest, deadline: ContinuousClock.Instant,
        deltas: DeltaSink?, spending: Spending? = nil
    ) {
        (self.candidate, self.request, self.deadline, self.deltas) = (candidate, request, deadline, deltas)
        self.spending = spending
    }

    /// The same with another deadline.
    func lasting(until deadline: ContinuousClock.Instant) -> Question {
        Question(candidate, request, deadline: deadline, deltas: deltas, spending: spending)
    }

    /// The same with another request.
    func asking(_ request: CompletionRequest) -> Question {
        Question(candidate, request, deadline: deadline, deltas: deltas, spending: spending)
    }
}

/// What was answered, and by whom.
final class Reply: Sendable {
    let completion: Completion
    let provider: String
    /// The times a provider was asked.
    let attempts: Int
    /// Whether it is another request's answer.
    let isShared: Bool

    init(_ completion: Completion, from provider: String, attempts: Int, isShared: Bool = false) {
        (self.completion, self.provider) = (completion, provider)
        (self.attempts, self.isShared) = (attempts, isShared)
    }
}
