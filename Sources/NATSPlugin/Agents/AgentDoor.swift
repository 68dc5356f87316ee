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
    let promptSubject: String
    let time: any TimeSource
    let started: Timestamp
    let promptStatistics = EndpointStatistics()
    let statusStatistics = EndpointStatistics()
    private let handler: RequestHandler
    private let observer: RequestObserver
    private let cluster: Cluster
    private let questions: NATSSubscription

    /// Subscribes where it is asked how it does; nil where the settings want no agent. Questions wait until ``run()``; prompts
    /// come by way of the ``MessageReceiver``.
    init?(
        _ handler: RequestHandler, _ observer: RequestObserver, _ cluster: Cluster, on connection: NATSConnection,
        outbox: Outbox, _ settings: PluginSettings, time: any TimeSource
    ) throws(NATSError) {
        guard let agent = settings.agent else { return nil }
        (self.handler, self.observer, self.cluster, self.outbox) = (handler, observer, cluster, outbox)
        (self.settings, self.agent, self.time) = (settings, agent, time)
        (promptSubject, started) = (agent.promptSubject, time.timestamp)
        questions = try connection.subscribe(agent.statusSubject, queueGroup: AgentSettings.group)
    }

    /// The largest payload of a prompt.
    var maxBytes: Int { min(settings.limits.messageBytes, outbox.connection.maxPayload) }

    /// Questions that were lost because they came too fast.
    var dropped: Int { questions.dropped }

    /// Says that it is there, and answers questions, until it is drained.
    func run() async {
        await withDiscardingTaskGroup { beats in
            beats.addTask { await self.beat() }
            for await message in questions { answer(question: message) }
            beats.cancelAll()
        }
    }

    /// Takes nothing new; what has arrived is still answered.
    func drain() async { await questions.drain() }

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

    /// Takes a prompt that this instance is to work on.
    func work(on incoming: IncomingMessage, _ placement: Cluster.Placement) {
        let message = incoming.message
        var context = observer.begin(
            incoming.request, .agent, promptStatistics, message.subject, message.headers, arrival: time.now)
        context.admission = Admission(message: incoming, placement: placement)
        guard let subject = replySubject(message) else {
            observer.ended(context)
            return cluster.ended(context)
        }
        let responder = AgentResponder(context, to: subject, observer, cluster, outbox)
        if handler.handle(incoming.request, responder) != nil { keepAlive(responder) }
    }

    /// A prompt is a chat like any other. Its conversation is the agent's, as its subject names it; callers that say who they
    /// are have one each.
    func decode(_ message: NATSMessage) -> IncomingMessage {
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
        let request = DecodedRequest(
            context: ReplyContext(channelID: .string(channel), username: caller?.name), kind: .chat, options: options,
            operation)
        return IncomingMessage(message, .prompt, request)
    }

    /// A caller gives up on a stream that says nothing for a minute, and a model may think longer, or the queue be long.
    private func keepAlive(_ responder: AgentResponder) {
        time.call(at: time.now + agent.patience) { [weak self, weak responder] in
            guard let self, let responder, responder.keepAlive() else { return }
            keepAlive(responder)
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
        name = fields["name"]?.string.flatMap { (1...256).contains($0.utf8.count) ? $0.callerName : nil }
    }

    /// `U` and 55 letters of base 32.
    private static func isUserKey(_ text: String) -> Bool {
        text.utf8.count == 56 && text.utf8.first == UInt8(ascii: "U")
            && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) }
    }
}
