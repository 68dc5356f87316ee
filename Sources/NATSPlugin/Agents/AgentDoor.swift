import BusProtocol
import JSON
import LLMService
import NATSClient
import Observability
import ServiceRuntime

/// The service as an agent that others find on NATS and prompt (Synadia Agent Protocol for NATS, 0.3).
///
/// A prompt is a chat like any other. Its conversation is the agent's, as its subject names it; callers that say who they
/// are have one each.
final class AgentDoor: Sendable {
    let outbox: Outbox
    let settings: PluginSettings
    let agent: AgentSettings
    let time: any TimeSource
    let started: Timestamp
    let promptStatistics = EndpointStatistics()
    let statusStatistics = EndpointStatistics()
    private let handler: RequestHandler
    private let observer: RequestObserver
    private let prompts: NATSSubscription
    private let questions: NATSSubscription

    /// Subscribes; nil where the settings want no agent. Messages wait until ``run()``.
    init?(
        _ handler: RequestHandler, _ observer: RequestObserver, on connection: NATSConnection, outbox: Outbox,
        _ settings: PluginSettings, time: any TimeSource
    ) throws(NATSError) {
        guard let agent = settings.agent else { return nil }
        (self.handler, self.observer, self.outbox) = (handler, observer, outbox)
        (self.settings, self.agent, self.time) = (settings, agent, time)
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
        outbox.metrics.ignored.add()
        return nil
    }

    private func answer(question message: NATSMessage) {
        guard let reply = replySubject(message) else { return }
        statusStatistics.begin()
        let arrival = time.now
        outbox.publish(heartbeat(), to: reply, headers: [])
        statusStatistics.end(after: time.now - arrival)
    }

    // MARK: prompts

    private func consumePrompts() async {
        await withDiscardingTaskGroup { group in
            for await message in prompts {
                guard let subject = replySubject(message) else { continue }
                let request = decode(message)
                let context = observer.begin(
                    request, .agent, promptStatistics, message.subject, message.headers, arrival: time.now)
                let responder = AgentResponder(context, to: subject, observer, outbox)
                if let task = handler.handle(request, responder) {
                    group.addTask { await self.keepAlive(responder, until: task) }
                }
            }
        }
    }

    /// A prompt is a chat like any other. Its conversation is the agent's, as its subject names it; callers that say who they
    /// are have one each.
    private func decode(_ message: NATSMessage) -> DecodedRequest {
        let caller = AgentCaller(message.headers)
        let channel = (["agents", agent.owner, agent.name] + [caller?.user].compactMap(\.self)).joined(separator: ".")
        var options = RequestOptions()
        options.caller = caller.map { .user($0.user) } ?? .plugin("agents")
        let operation: Result<BusProtocol.Operation, LLMError>
        do throws(LLMError) {
            let prompt = try AgentPrompt(message.payload, maxBytes: maxBytes)
            operation = .success(
                .generate(.chat(message: prompt.text, channel: channel, username: caller?.name)))
        } catch {
            operation = .failure(error)
        }
        return DecodedRequest(
            context: ReplyContext(channelID: .string(channel), username: caller?.name), kind: .chat, options: options,
            operation)
    }

    /// A caller gives up on a stream that says nothing for a minute, and a model may think longer, or the queue be long.
    private func keepAlive(_ responder: AgentResponder, until task: Task<Void, Never>) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while (try? await self.time.sleep(until: self.time.now + self.agent.patience)) != nil {
                    responder.keepAlive()
                }
            }
            await task.value
            group.cancelAll()
        }
    }
}

/// Who says to have sent a prompt (protocol, section 13: the header `Agent-Sender`).
///
/// It is a claim. Nothing is granted on it: it tells apart whose conversation is whose, as the `channel_id` of a request
/// does.
struct AgentCaller {
    /// The public key of a NATS user.
    let user: String
    /// What it calls itself.
    let name: String?

    /// Nil where the headers name nobody.
    init?(_ headers: NATSHeaders) {
        let values = headers.values("Agent-Sender")
        guard values.count == 1, values[0].utf8.count <= 2048,
            let fields = JSONValue.parse(Array(values[0].utf8))?.object, fields["v"] == .integer(1),
            let user = fields["user"]?.string, Self.isUserKey(user)
        else { return nil }
        self.user = user
        name = fields["name"]?.string.flatMap { $0.utf8.count <= 256 ? $0.speakerName : nil }
    }

    /// `U` and 55 letters of base 32.
    private static func isUserKey(_ text: String) -> Bool {
        text.utf8.count == 56 && text.utf8.first == UInt8(ascii: "U")
            && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) }
    }
}
