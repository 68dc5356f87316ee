import BusProtocol
import LLMService
import NATSClient
import ServiceRuntime
import Tracing

/// The service as an agent that others find on NATS and prompt (Synadia Agent Protocol for NATS, 0.3).
///
/// A prompt is a chat like any other. Its conversation is the agent's, as its subject names it; callers that say who they
/// are have one each.
final class AgentDoor: Sendable {
    let outbox: Outbox
    let settings: PluginSettings
    let agent: AgentSettings
    let time: any TimeSource
    private let tracer: Tracer
    let started: Timestamp
    let promptMeter = EndpointMeter()
    let statusMeter = EndpointMeter()
    private let service: LLMService
    private let gatherer: DeltaGatherer
    private let prompts: NATSSubscription
    private let questions: NATSSubscription

    /// Subscribes; nil where the settings want no agent. Messages wait until ``run()``.
    init?(
        _ service: LLMService, on connection: NATSConnection, outbox: Outbox, gatherer: DeltaGatherer,
        _ settings: PluginSettings, time: any TimeSource, tracer: Tracer
    ) throws(NATSError) {
        guard let agent = settings.agent else { return nil }
        (self.service, self.outbox, self.gatherer) = (service, outbox, gatherer)
        (self.settings, self.agent, self.time, self.tracer) = (settings, agent, time, tracer)
        started = time.timestamp
        prompts = try connection.subscribe(agent.promptSubject, queueGroup: AgentSettings.group)
        questions = try connection.subscribe(agent.statusSubject, queueGroup: AgentSettings.group)
    }

    /// The largest payload of a prompt.
    var maxBytes: Int { min(settings.limits.messageBytes, outbox.connection.maxPayload) }

    /// Messages that were lost because they came too fast.
    var dropped: Int { prompts.dropped + questions.dropped }

    /// Answers until the subscriptions are drained and everything that came in is answered.
    func run() async {
        await withDiscardingTaskGroup { beats in
            beats.addTask { await self.beat() }
            await withDiscardingTaskGroup { group in
                group.addTask { await self.consumePrompts() }
                for await message in self.questions { self.answer(question: message) }
            }
            beats.cancelAll()
        }
    }

    /// Takes nothing new; what has arrived is still answered.
    func drain() async {
        await withDiscardingTaskGroup { group in
            for subscription in [prompts, questions] { group.addTask { await subscription.drain() } }
        }
    }

    /// Where an answer may go: not to where it would be a prompt.
    private func replySubject(_ message: NATSMessage) -> String? {
        if let reply = message.reply, Subjects.mayReceiveReplies(reply), !reply.hasPrefix("agents.") { return reply }
        outbox.counters.ignored.add()
        return nil
    }

    private func answer(question message: NATSMessage) {
        guard let reply = replySubject(message) else { return }
        statusMeter.begin()
        let arrival = time.now
        outbox.publish(heartbeat(), to: reply, headers: [])
        statusMeter.end(after: time.now - arrival)
    }

    // MARK: prompts

    private func consumePrompts() async {
        await withDiscardingTaskGroup { group in
            for await message in prompts {
                guard let subject = replySubject(message) else { continue }
                promptMeter.begin()
                let arrival = time.now
                let reply = AgentReply(to: subject, outbox: outbox)
                let span = tracer.begin(message)
                guard let submission = submit(message, reply, arrival, span) else {
                    span?.end()
                    promptMeter.end(after: time.now - arrival)
                    continue
                }
                group.addTask {
                    await self.answer(submission, reply, span)
                    span?.end()
                    self.promptMeter.end(after: self.time.now - arrival)
                }
            }
        }
    }

    /// Takes a place in line; nil where the prompt is refused, and its caller told.
    private func submit(
        _ message: NATSMessage, _ reply: AgentReply, _ arrival: ContinuousClock.Instant, _ span: TraceSpan?
    ) -> Submission? {
        let caller = AgentCaller(message.headers)
        let channel = (["agents", agent.owner, agent.name] + [caller?.user].compactMap(\.self)).joined(separator: ".")
        let prompt: AgentPrompt
        do throws(LLMError) { prompt = try AgentPrompt(message.payload, maxBytes: maxBytes) } catch {
            service.tell(refused: error, channel: channel, user: caller?.name)
            fail(error, reply, span)
            return nil
        }
        do throws(LLMError) {
            let work = Work.chat(message: prompt.text, channel: channel, username: caller?.name)
            var options = RequestOptions()
            options.caller = caller.map { .user($0.user) } ?? .plugin("agents")
            options.readingTime = time.now - arrival
            options.span = span
            let submission = try service.submit(work, options: options)
            span?.set { [Attribute("messaging.message.conversation_id", submission.requestID)] }
            reply.acknowledge()
            return submission
        } catch {
            fail(error, reply, span)
            return nil
        }
    }

    private func answer(_ submission: Submission, _ reply: AgentReply, _ span: TraceSpan?) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepAlive(reply) }
            let stream = gatherer.open { text, _ in reply.send(text) }
            await submission.run(deltas: stream.sink) { result in
                stream.finish()
                switch result {
                case .success(let answer):
                    reply.finish(answer.content)
                    outbox.counters.answered.add()
                    outbox.meters.requests.count(.agent, .chat, nil)
                case .failure(let error):
                    outbox.note(error, requestID: submission.requestID)
                    fail(error, reply, span)
                }
            }
            group.cancelAll()
        }
    }

    /// A caller gives up on a stream that says nothing for a minute, and a model may think longer, or the line be long.
    private func keepAlive(_ reply: AgentReply) async {
        while (try? await time.sleep(until: time.now + agent.patience)) != nil { reply.keepAlive() }
    }

    private func fail(_ error: LLMError, _ reply: AgentReply, _ span: TraceSpan?) {
        span?.fail(error.code.name)
        promptMeter.fail(error)
        outbox.counters.failed.add()
        outbox.meters.requests.count(.agent, .chat, error)
        reply.fail(error)
    }
}
