import BusProtocol
import LLMService
import NATSClient
import ServiceRuntime
import Tracing

extension NATSPlugin {
    /// A job: read and begun as a message of its kind, but answered to who delivers it.
    func accept(_ delivery: JobDelivery) async -> Job? {
        let meter = meters[delivery.isCommand ? .command : .job]
        let arrival = time.now
        meter?.begin()
        let message = delivery.message
        let span = tracer.begin(message.subject, message.headers)
        guard let job = await accept(uncounted: delivery, span) else {
            span?.end()
            meter?.end(after: time.now - arrival)
            return nil
        }
        return { [time] in
            await job()
            span?.end()
            meter?.end(after: time.now - arrival)
        }
    }

    private func accept(uncounted delivery: JobDelivery, _ span: TraceSpan?) async -> Job? {
        let request = Endpoint.decode(delivery.message.subject, delivery.object, reply: nil, limits: limits)
        var context = RequestContext(
            reply: request.context, endpoint: delivery.isCommand ? .command : .job, kind: request.kind, span: span)
        delivery.adopt(&context)
        return await accept(request, context)
    }
}
