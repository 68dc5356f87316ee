import BusProtocol
import JSON
import LLMService
import LanguageModels
import NATSClient
import Observability
import ServiceRuntime

/// Takes the messages of rooms and plugins: decodes each and hands it to the ``RequestHandler``, in the order of arrival.
final class MessageReceiver: Sendable {
    private let handler: RequestHandler
    private let observer: RequestObserver
    private let cluster: Cluster
    private let outbox: Outbox
    private let limits: RequestLimits
    private let registry: ProviderRegistry
    private let log: Log
    private let throttle: LogThrottle
    private let time: any TimeSource

    init(
        _ handler: RequestHandler, _ observer: RequestObserver, _ cluster: Cluster, _ outbox: Outbox,
        limits: RequestLimits,
        registry: ProviderRegistry, log: Log, throttle: LogThrottle, time: any TimeSource
    ) {
        (self.handler, self.observer, self.cluster) = (handler, observer, cluster)
        (self.outbox, self.limits) = (outbox, limits)
        (self.registry, self.log, self.throttle, self.time) = (registry, log, throttle, time)
    }

    /// Takes a message, unless another instance works on it. What is done at once is done here; the rest has its place in the
    /// queue and a task of its own.
    func receive(_ message: NATSMessage) {
        let incoming = decode(message)
        if let placement = cluster.admit(incoming) { work(on: incoming, placement) }
    }

    func decode(_ message: NATSMessage) -> IncomingMessage { IncomingMessage(message, limits) }

    /// Takes a message that this instance is to work on.
    func work(on incoming: IncomingMessage, _ placement: Cluster.Placement) {
        let (message, request) = (incoming.message, incoming.request)
        let isCall = message.subject.hasPrefix(Subjects.callPrefix)
        let endpoint = Endpoint(subject: message.subject)
        var context = observer.begin(
            request, Door(endpoint), observer.metrics[endpoint], message.subject, message.headers, arrival: time.now)
        context.admission = Admission(message: incoming, placement: placement)
        if !incoming.isObject, request.context.replySubject == nil, !isCall {
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
