import LanguageModels
import Observability

extension LLMService {
    /// A request that was wrong in itself, and for which nothing was done: whoever subscribed hears of it.
    ///
    /// - Parameters:
    ///   - channel: that it was for, where that is known.
    ///   - user: who asked, where that is known.
    package func report(refused error: LLMError, channel: String?, user: String?) {
        events.emit(.failure(error, channel: channel, user: user))
    }

    /// Measures a request that is over, and tells how it ended.
    @inline(never)
    func report(_ exchange: Exchange) {
        guard let outcome = exchange.outcome else { return }
        let timings = RequestTimings(
            action: exchange.work.action, total: exchange.options.readingTime + elapsed(since: exchange.arrival),
            queued: exchange.meter.queueTime, atProviders: exchange.meter.providerTime)
        metrics.observe(timings)
        switch outcome {
        case .success(let answer):
            let response = ServiceEvent.Response(answer, to: exchange, timings)
            metrics.count(response)
            events.emit(.response(response))
        case .failure(let error):
            events.emit(.failure(error, channel: exchange.channel, user: exchange.user, timings: timings))
        }
    }

    /// Counts what was done with memories, and tells of it.
    func report(_ action: ServiceEvent.MemoryAction, channel: String, user: String?, count: Int = 1) {
        metrics.count(action)
        events.emit(.memory(action, channel: channel, user: user, count: count))
    }

    /// An operation on memories failed, and nobody waited for it. The end of the service is no failure, nor is that of a
    /// request.
    func report(forgetful work: String, _ error: LLMError) {
        guard !Task.isCancelled else { return }
        metrics.memoryFailures.add()
        events.emit(.forgetful(work: work, error))
    }
}

extension ServiceEvent.Response {
    fileprivate init(_ answer: Answer, to exchange: Exchange, _ timings: RequestTimings) {
        self.init(
            channel: exchange.channel, user: exchange.user,
            promptLength: answer.questionLength ?? exchange.work.length,
            responseLength: answer.content.unicodeScalars.count,
            tokens: answer.usage?.totalTokens, provider: answer.provider, latency: answer.latency,
            persona: answer.persona, model: answer.model, firstToken: answer.firstToken, isCached: answer.isCached,
            isPersisted: answer.context?.isPersisted, timings: timings)
    }
}

extension Work {
    /// The user who asks, if known.
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
