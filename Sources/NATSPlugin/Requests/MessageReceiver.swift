import BusProtocol
import JSON
import LLMService
import LanguageModels
import NATSClient
import ServiceRuntime
import Tracing

/// Takes the messages of rooms and plugins: decodes each and hands it to the ``RequestHandler``, in the order of arrival.
final class MessageReceiver: Sendable {
    private let handler: RequestHandler
    private let observer: RequestObserver
    private let outbox: Outbox
    private let limits: RequestLimits
    private let registry: ProviderRegistry
    private let log: Log
    private let throttle: LogThrottle
    private let time: any TimeSource

    init(
        _ handler: RequestHandler, _ observer: RequestObserver, _ outbox: Outbox, limits: RequestLimits,
        registry: ProviderRegistry, log: Log, throttle: LogThrottle, time: any TimeSource
    ) {
        (self.handler, self.observer, self.outbox, self.limits) = (handler, observer, outbox, limits)
        (self.registry, self.log, self.throttle, self.time) = (registry, log, throttle, time)
    }

    /// Takes a message. What is done at once is done here; the rest has its place in the queue and a task of its own.
    @Sendable
    func receive(_ message: NATSMessage) {
        let arrival = time.now
        // A reply to one of the bus's own subjects would come back in as a request.
        let reply = message.reply.flatMap { Subjects.mayReceiveReplies($0) ? $0 : nil }
        let object = JSONValue.parse(message.payload)?.object
        let isCall = message.subject.hasPrefix(Subjects.callPrefix)
        let request = Endpoint.decode(message.subject, object, reply: reply, limits: limits)
        let endpoint = Endpoint(subject: message.subject)
        let context = observer.begin(
            request, Door(endpoint), observer.meters[endpoint], message.subject, message.headers, arrival: arrival)
        if object == nil, reply == nil, !isCall {
            context.span?.fail(LLMError.Code.invalidJSON.name)
            ignore(context, message, "Ignored what is no JSON object and has no reply subject to answer on")
        } else if !isCall {
            handler.handle(request, ReplyResponder(context, nil, observer, outbox))
        } else if request.context.hasReplySubject {
            let call = CallReply(to: LLMCall.Name(subject: message.subject), registry: registry)
            handler.handle(request, ReplyResponder(context, call, observer, outbox))
        } else {
            ignore(context, message, "Ignored a call that has no reply subject to answer on")
        }
    }

    /// An answer would be for nobody.
    private func ignore(_ context: RequestContext, _ message: NATSMessage, _ text: String) {
        observer.ended(context)
        outbox.counters.ignored.add()
        guard throttle.admit(text) != nil else { return }
        log.warning("\(text)", [.subject: message.subject, .count: String(outbox.counters.ignored.value)])
    }
}
