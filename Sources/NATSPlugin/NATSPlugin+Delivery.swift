import JSON
import LLMService
import LanguageModels
import ServiceRuntime
import Synchronization

extension NATSPlugin {
    /// Whether a request is to be run. If it is the same as an earlier one, its sender gets what that one got, and nobody
    /// else hears of it again.
    func isNew(_ echo: Echo) -> Bool {
        guard echo.isOwnID else { return true }
        switch recent.withLock({ $0.admit(echo, now: time.now) }) {
        case .run:
            return true
        case .joined:
            return false
        case .answered(let sent?):
            outbox.send(again: sent, to: echo)
        case .answered(nil):
            refuse(
                LLMError(.invalidRequest, "request_id: this id was answered before, less than two minutes ago"), echo)
        case .crowded:
            refuse(LLMError(.busy, "too many wait for the same request; please try again in a moment"), echo)
        }
        return false
    }

    /// A failure that is this sender's alone: the request itself is answered, or will be.
    private func refuse(_ error: LLMError, _ echo: Echo) {
        meters.fail(error, echo)
        let bytes = AnswerMessage.failure(error, text: error.message, to: echo)
        outbox.send(again: RecentRequests.Sent(bytes: bytes, headers: Outbox.headers(error)), to: echo)
    }

    /// Takes a place in line; what remains is returned.
    func submit(
        _ work: Work, _ options: RequestOptions, _ echo: Echo, text: @escaping @Sendable (LLMError) -> String
    ) -> Job? {
        var options = options
        if let job = echo.job { (options.requestID, options.turnID) = (echo.requestID, job.turnID) }
        if let arrival = echo.arrival { options.readingTime = time.now - arrival }
        do throws(LLMError) {
            let submission = try service.submit(work, options: options) { [outbox, settings] answer in
                outbox.refusal(of: answer, to: echo, roomLength: settings.roomLength)
            }
            return { await self.run(submission, echo, text: text) }
        } catch {
            deliver(error, echo, text: text)
            return nil
        }
    }

    private func run(_ submission: Submission, _ echo: Echo, text: @Sendable (LLMError) -> String) async {
        // A job may begin more than once, and then its pieces would too.
        let isStreamed = echo.isStreamed && echo.job == nil
        let stream = isStreamed ? gatherer.open { [outbox] in outbox.send(delta: $0, number: $1, to: echo) } : nil
        await submission.run(deltas: stream?.sink) { result in
            stream?.finish()
            switch result {
            case .success(let answer):
                finish(echo, AnswerMessage.response(answer, to: echo, roomLength: settings.roomLength))
            case .failure(let error):
                deliver(error, echo, text: text)
            }
            // Before the next of its channel, whose answer would else be out first.
            await echo.job?.conclude()
        }
    }

    /// An answer of the service's own.
    func notice(
        _ content: String, _ echo: Echo, persona: String? = nil, _ more: (inout JSONWriter) -> Void = { _ in }
    ) {
        finish(
            echo, AnswerMessage.notice(content, to: echo, persona: persona, roomLength: settings.roomLength, more))
    }

    /// A final answer as it goes out.
    func finish(_ echo: Echo, _ bytes: [UInt8]) {
        if let job = echo.job {
            meters.answer(echo)
            return job.take(.answer(bytes))
        }
        done(echo, outbox.send(response: bytes, to: echo), again: false)
    }

    /// What is wrong with a message in itself: nothing was done for it, and nobody but its sender and those who watch hears.
    func reject(_ error: LLMError, _ echo: Echo) {
        tell(error, echo)
        meters.fail(error, echo)
        if let job = echo.job { return job.take(.rejection(error)) }
        outbox.send(error, to: echo)
    }

    /// A failure that the service itself does not know of.
    func fail(_ error: LLMError, _ echo: Echo, text: (LLMError) -> String) {
        tell(error, echo)
        deliver(error, echo, text: text)
    }

    private func tell(_ error: LLMError, _ echo: Echo) {
        service.tell(
            refused: error, channel: echo.channelID.string.flatMap { $0.isEmpty || $0.utf8.count > 256 ? nil : $0 },
            user: echo.speaker)
    }

    /// A failure of a request that the service has told of, for people and for the log.
    private func deliver(_ error: LLMError, _ echo: Echo, text: (LLMError) -> String) {
        meters.fail(error, echo)
        outbox.note(error, requestID: echo.requestID)
        if let job = echo.job { return job.take(.failure(error, text: text(error))) }
        done(echo, outbox.send(error, text: text(error), to: echo), again: error.code.isRetryable)
    }

    private func done(_ echo: Echo, _ sent: RecentRequests.Sent, again: Bool) {
        guard echo.isOwnID else { return }
        let others = recent.withLock { $0.finish(echo.identity, sent, again: again, now: time.now) }
        for other in others { outbox.send(again: sent, to: other) }
    }
}
