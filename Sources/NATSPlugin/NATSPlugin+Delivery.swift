import BusProtocol
import JSON
import LLMService
import ServiceRuntime
import Synchronization
import Tracing

extension NATSPlugin {
    /// Whether a request is to be run. If it is the same as an earlier one, its sender gets what that one got, and nobody
    /// else hears of it again.
    func isNew(_ context: RequestContext) -> Bool {
        guard let identity = context.reply.identity else { return true }
        switch recent.withLock({ $0.admit(identity, context.reply, now: time.now) }) {
        case .run:
            return true
        case .joined:
            return false
        case .answered(let sent?):
            outbox.send(again: sent, to: context.reply)
        case .answered(nil):
            refuse(
                LLMError(.invalidRequest, "request_id: this id was answered before, less than two minutes ago"),
                context)
        case .crowded:
            refuse(LLMError(.busy, "too many wait for the same request; please try again in a moment"), context)
        }
        return false
    }

    /// A failure that is this sender's alone: the request itself is answered, or will be.
    private func refuse(_ error: LLMError, _ context: RequestContext) {
        noteFailure(error, context)
        outbox.send(again: outbox.message(error, text: error.message, to: context), to: context.reply)
    }

    /// Takes a place in line; what remains is returned.
    func submit(_ work: Work, _ options: RequestOptions, _ context: RequestContext) -> Job? {
        var options = options
        options.span = context.span
        context.span?.set { [Attribute("messaging.message.conversation_id", context.reply.requestID)] }
        if let job = context.job { (options.requestID, options.turnID) = (context.reply.requestID, job.turnID) }
        options.readingTime = context.arrival.map { time.now - $0 } ?? .zero
        do throws(LLMError) {
            let submission = try service.submit(work, options: options) { [outbox, settings] answer in
                outbox.refusal(of: answer, to: context, roomLength: settings.roomLength)
            }
            return { await self.run(submission, context) }
        } catch {
            deliver(error, context)
            return nil
        }
    }

    private func run(_ submission: Submission, _ context: RequestContext) async {
        // A job may begin more than once, and then its pieces would too.
        let isStreamed = context.reply.isStreamed && context.job == nil
        let stream =
            isStreamed ? gatherer.open { [outbox] in outbox.send(delta: $0, number: $1, to: context.reply) } : nil
        await submission.run(deltas: stream?.sink) { result in
            stream?.finish()
            switch result {
            case .success(let answer):
                let bytes =
                    context.call?.encode(answer)
                    ?? LLMResponse.encode(answer, to: context.reply, roomLength: settings.roomLength)
                finish(context, bytes)
            case .failure(let error):
                deliver(error, context)
            }
            // Before the next of its channel, whose answer would else be out first.
            await context.job?.conclude()
        }
    }

    /// An answer of the service's own.
    func notice(_ content: String, _ context: RequestContext, _ details: LLMResponse.Details = .none) {
        finish(
            context, LLMResponse.encode(content, details, to: context.reply, roomLength: settings.roomLength))
    }

    /// A final answer as it goes out.
    func finish(_ context: RequestContext, _ bytes: [UInt8]) {
        if let job = context.job {
            meters.answer(context)
            return job.take(.answer(bytes))
        }
        done(context, outbox.send(response: bytes, to: context), again: false)
    }

    /// What is wrong with a message in itself: nothing was done for it, and nobody but its sender and those who watch hears.
    func reject(_ error: LLMError, _ context: RequestContext) {
        tell(error, context)
        noteFailure(error, context)
        if let job = context.job { return job.take(.rejection(error)) }
        outbox.send(error, to: context)
    }

    /// A failure that the service itself does not know of.
    func fail(_ error: LLMError, _ context: RequestContext) {
        tell(error, context)
        deliver(error, context)
    }

    private func tell(_ error: LLMError, _ context: RequestContext) {
        let channel = context.reply.channelID.string.flatMap { $0.isEmpty || $0.utf8.count > 256 ? nil : $0 }
        service.tell(refused: error, channel: channel, user: context.reply.username)
    }

    /// A failure of a request that the service has told of, for people and for the log.
    private func deliver(_ error: LLMError, _ context: RequestContext) {
        noteFailure(error, context)
        outbox.note(error, requestID: context.reply.requestID)
        let text = ServiceTexts.failure(error, through: context.door)
        if let job = context.job { return job.take(.failure(error, text: text)) }
        done(context, outbox.send(error, text: text, to: context), again: error.code.isRetryable)
    }

    private func noteFailure(_ error: LLMError, _ context: RequestContext) {
        meters.fail(error, context)
        context.span?.fail(error.code.name)
    }

    private func done(_ context: RequestContext, _ sent: RecentRequests.Sent, again: Bool) {
        guard let identity = context.reply.identity else { return }
        let others = recent.withLock { $0.finish(identity, sent, again: again, now: time.now) }
        for other in others { outbox.send(again: sent, to: other) }
    }
}
