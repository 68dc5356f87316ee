import BusProtocol
import JSON
import LLMService
import LanguageModels
import NATSClient
import Observability
import ServiceRuntime

/// Takes the messages of rooms and plugins, prompts and jobs: decodes each and hands it to the ``RequestHandler``, in the order
/// of arrival.
final class MessageReceiver: Sendable {
    private let handler: RequestHandler
    private let observer: RequestObserver
    private let cluster: Cluster
    private let outbox: Outbox
    private let agent: AgentDoor?
    private let jobs: JobRunner
    private let limits: RequestLimits
    private let registry: ProviderRegistry
    private let log: Log
    private let throttle: LogThrottle
    private let time: any TimeSource

    init(
        _ handler: RequestHandler, _ observer: RequestObserver, _ cluster: Cluster, _ outbox: Outbox,
        agent: AgentDoor?, jobs: JobRunner, limits: RequestLimits, registry: ProviderRegistry, log: Log,
        throttle: LogThrottle, time: any TimeSource
    ) {
        (self.handler, self.observer, self.cluster) = (handler, observer, cluster)
        (self.outbox, self.agent, self.jobs, self.limits) = (outbox, agent, jobs, limits)
        (self.registry, self.log, self.throttle, self.time) = (registry, log, throttle, time)
    }

    /// Takes a message, unless another instance works on it. What is done at once is done here; the rest has its place in the
    /// queue and a task of its own.
    func receive(_ message: NATSMessage) { receive(decode(message)) }

    /// Takes a message that is decoded, in the same way.
    func receive(_ incoming: IncomingMessage) {
        if let placement = cluster.admit(incoming) { work(on: incoming, placement) }
    }

    /// Decodes a message that another instance hands over: a job, too.
    func decode(handed message: NATSMessage) -> IncomingMessage {
        guard message.isDelivery else { return decode(message) }
        if let delivery = jobs.adopt(message) { return IncomingMessage(delivery) }
        let object = JSONObject(message.payload)
        return IncomingMessage(
            message, .job(nil), Endpoint.decode(message.subject, object, reply: nil, limits: limits))
    }

    private func decode(_ message: NATSMessage) -> IncomingMessage {
        var message = message
        // A reply to one of the bus's own subjects would come back in as a request.
        if let reply = message.reply, !Subjects.mayReceiveReplies(reply) { message.reply = nil }
        if let agent, message.subject == agent.promptSubject { return agent.decode(message) }
        return IncomingMessage(message, limits)
    }

    /// Takes a message that this instance is to work on.
    func work(on incoming: IncomingMessage, _ placement: Cluster.Placement) {
        switch incoming.kind {
        case .request(let isObject): work(on: incoming, isObject: isObject, placement)
        case .prompt: agent?.work(on: incoming, placement)
        case .job(let delivery): work(on: incoming, delivery, placement)
        }
    }

    private func work(on incoming: IncomingMessage, _ delivery: JobDelivery?, _ placement: Cluster.Placement) {
        let admission = Admission(message: incoming, placement: placement)
        if let delivery { return delivery.take(admission) }
        outbox.connection.giveBack(incoming.message, after: .seconds(5))
        cluster.ended(RequestContext(reply: incoming.request.context, admission: admission))
    }

    private func work(on incoming: IncomingMessage, isObject: Bool, _ placement: Cluster.Placement) {
        let (message, request) = (incoming.message, incoming.request)
        let isCall = message.subject.hasPrefix(Subjects.callPrefix)
        let endpoint = Endpoint(subject: message.subject)
        var context = observer.begin(
            request, Door(endpoint), observer.metrics[endpoint], message.subject, message.headers, arrival: time.now)
        context.admission = Admission(message: incoming, placement: placement)
        if !isObject, request.context.replySubject == nil, !isCall {
            context.span?.fail(LLMError.Code.invalidJSON.name)
            ignore(context, message, "Ignored invalid JSON without a reply subject")
        } else if !isCall {
            handler.handle(request, ReplyResponder(context, nil, observer, cluster, outbox))
        } else if request.context.hasReplySubject {
            let call = CallReply(to: LLMCall.Name(subject: message.subject), registry: registry)
            handler.handle(request, ReplyResponder(context, call, observer, cluster, outbox))
        } else {
            ignore(context, message, "Ignored a call without a reply subject")
        }
    }

    /// An answer would be for nobody.
    private func ignore(_ context: RequestContext, _ message: NATSMessage, _ text: String) {
        observer.ended(context)
        cluster.ended(context)
        outbox.metrics.ignored.add()
        guard throttle.admit(text) != nil else { return }
        log.warning("\(text)", [.subject: message.subject, .count: String(outbox.metrics.ignored.value)])
    }
}
