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

    /// Tells those who watch how a request ended.
    @inline(never)
    func report(_ exchange: Exchange) {
        guard let outcome = exchange.outcome else { return }
        let course = Course(
            action: exchange.work.action, total: exchange.options.readingTime + elapsed(since: exchange.arrival),
            queued: exchange.meter.queueTime, atProviders: exchange.meter.providerTime)
        switch outcome {
        case .success(let answer): events.tell(.response(ServiceEvent.Response(answer, to: exchange, course)))
        case .failure(let error):
            events.tell(
                .failure(
                    ServiceEvent.Failure(channel: exchange.channel, user: exchange.user, error: error, course: course)))
        }
    }
}

extension ServiceEvent.Response {
    fileprivate init(_ answer: Answer, to exchange: Exchange, _ course: Course) {
        self.init(
            channel: exchange.channel, user: exchange.user,
            promptLength: answer.questionLength ?? exchange.work.length,
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
