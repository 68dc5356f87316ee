import Concurrency
import Conversations
import LanguageModels
import Observability
import ServiceRuntime

// The way of a request. While a model thinks, a request is what these functions hold, and there may be thousands: what comes
// before and after a wait is synchronous, in functions of its own, which stay that (`@inline(never)`).
extension LLMService {
    /// Takes a request to its one end. Runs in the request's own task.
    func run(_ exchange: Exchange) async {
        var turn: ConcludedTurn?
        do throws(LLMError) {
            if limits.isLimiting { try await admit(exchange) }
            try await acquireSlot(exchange)
            guard await exchange.responder.mayBegin() else { return leave(exchange) }
            switch exchange.work {
            case .chat, .retry: turn = try await converse(exchange)
            case .complete, .summarize: try await complete(exchange)
            case .embed(let inputs): try await embed(exchange, inputs)
            }
        } catch {
            await exchange.decided()
            fail(exchange, error)
        }
        countUsage(exchange)
        await exchange.responder.settle()
        queue.leave(exchange.ticket)
        report(exchange)
        if let turn { follow(turn) }
        exchange.responder.requestLeft()
    }

    /// Lets go of a request that somebody else works on, and counts.
    private func leave(_ exchange: Exchange) {
        if case .granted(let admission) = exchange.admission { limits.release(admission) }
        queue.leave(exchange.ticket)
        exchange.responder.requestLeft()
    }

    private func acquireSlot(_ exchange: Exchange) async throws(LLMError) {
        do {
            if try await queue.acquire(exchange.ticket) {
                exchange.meter.queueTime = elapsed(since: exchange.arrival)
            }
        } catch {
            exchange.meter.queueTime = elapsed(since: exchange.arrival)
            throw stopped(error, exchange)
        }
        // What came before was waiting.
        exchange.options.span?.note("rosey_llm.turn")
    }

    /// Settles a request: what stopped it before counts, what comes later is too late.
    func settle(_ exchange: Exchange) throws(LLMError) {
        do { try queue.settle(exchange.ticket) } catch { throw stopped(error, exchange) }
    }

    /// If a request was stopped, the reason for that is its error, not the failure that followed.
    private func fail(_ exchange: Exchange, _ error: LLMError) {
        do throws(LLMError) {
            try settle(exchange)
            exchange.finish(.failure(error))
        } catch {
            exchange.finish(.failure(error))
        }
    }

    private func stopped(_ reason: StopReason, _ exchange: Exchange) -> LLMError {
        switch reason {
        case .cancelled:
            return LLMError(.cancelled, "the request was cancelled")
        case .shutdown:
            return LLMError(.shuttingDown, "the service is restarting; please try again in a moment")
        case .deadline(let hasBegun):
            let seconds = exchange.timeout.secondsText
            return hasBegun
                ? LLMError(.timeout, "the language model did not finish within \(seconds) in all")
                : LLMError(.timeout, "the request waited for its turn until its \(seconds) were over")
        }
    }

    /// Returns the answer in a reply.
    func answer(to exchange: Exchange, _ reply: Reply) -> Answer {
        let completion = reply.completion
        var answer = Answer(
            content: completion.content, requestID: exchange.requestID, provider: reply.provider,
            model: completion.model, finishReason: completion.finishReason, usage: completion.usage,
            latency: elapsed(since: exchange.arrival), attempts: reply.attempts)
        answer.isCached = reply.isShared
        // Nobody who offered none knows what to do with a call.
        if exchange.options.tools != nil {
            (answer.toolCalls, answer.providerFields) = (completion.toolCalls, completion.providerFields)
        }
        guard !reply.isShared, let timing = completion.timing else { return answer }
        // Everything before the last exchange with a provider was waiting.
        answer.firstToken = max(.zero, answer.latency - timing.total + timing.firstToken)
        answer.tokensPerSecond = timing.tokensPerSecond
        return answer
    }

    /// Returns the persona that is asked for, or the conversation's, or the default.
    ///
    /// - Parameter chosen: the conversation's; nil where none was chosen.
    func currentPersona(_ asked: String?, chosen: String?) throws(LLMError) -> Persona {
        if let asked { return try persona(named: asked) }
        let personas = personas
        if let chosen, let persona = personas.book[chosen] { return persona }
        return try persona(named: personas.standard)
    }
}

extension Duration {
    /// `30 s`, `1.5 s`.
    fileprivate var secondsText: String {
        let tenths = (seconds * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths)) s" : "\(tenths) s"
    }
}
