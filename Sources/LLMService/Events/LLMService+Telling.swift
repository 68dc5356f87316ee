import LanguageModels

extension LLMService {
    /// A request that was wrong in itself, and for which nothing was done: whoever watches hears of it.
    ///
    /// - Parameters:
    ///   - channel: that it was for, where that is known.
    ///   - user: who asked, where that is known.
    package func tell(refused error: LLMError, channel: String?, user: String?) {
        events.tell(.failure(ServiceEvent.Failure(channel: channel, user: user, error: error)))
    }

    /// A request came to its end.
    @inline(never)
    func tell(_ outcome: Result<Boxed<Answer>, LLMError>, of submission: Submission) {
        switch outcome {
        case .success(let answer):
            events.tell(.response(ServiceEvent.Response(answer.value, to: submission, course(of: submission))))
        case .failure(let error):
            events.tell(
                .failure(
                    ServiceEvent.Failure(
                        channel: submission.channel, user: submission.user, error: error, course: course(of: submission)
                    )))
        }
    }

    private func course(of submission: Submission) -> Course {
        Course(
            action: submission.work.action,
            total: submission.options.readingTime + elapsed(since: submission.arrival),
            queued: submission.spending.timeInLine, atProviders: submission.spending.waited)
    }
}

extension ServiceEvent.Response {
    fileprivate init(_ answer: Answer, to submission: Submission, _ course: Course) {
        self.init(
            channel: submission.channel, user: submission.user,
            promptLength: answer.questionLength ?? submission.work.length,
            responseLength: answer.content.unicodeScalars.count,
            tokens: answer.usage?.totalTokens, provider: answer.provider, latency: answer.latency,
            persona: answer.persona, model: answer.model, firstToken: answer.firstToken, isCached: answer.isCached,
            isPersisted: answer.context?.isPersisted, course: course)
    }
}

extension Work {
    /// Who asks, where that is known.
    var user: String? { if case .chat(_, _, let username) = self { username } else { nil } }

    /// Characters of what is asked.
    fileprivate var length: Int {
        switch self {
        case .chat(let message, _, _): message.unicodeScalars.count
        case .retry: 0
        case .complete(.text(let prompt, _)): prompt.unicodeScalars.count
        case .complete(.messages(let messages)): messages.reduce(0) { $0 + $1.content.unicodeScalars.count }
        case .summarize(let text, _, _): text.unicodeScalars.count
        case .embed(let inputs): inputs.reduce(0) { $0 + $1.unicodeScalars.count }
        }
    }
}
