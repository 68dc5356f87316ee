import LLMService
import NATSClient
import ServiceRuntime
import Tracing

extension NATSPlugin {
    /// A job: read and begun as a message of its kind, but answered to who delivers it.
    func accept(_ delivery: JobDelivery) async -> Job? {
        let meter = meters[delivery.isCommand ? .command : .job]
        let arrival = time.now
        meter.begin()
        let message = delivery.message
        let span = tracer.begin(message.subject, message.headers)
        guard let job = await accept(uncounted: delivery, span) else {
            span?.end()
            meter.end(after: time.now - arrival)
            return nil
        }
        return { [time] in
            await job()
            span?.end()
            meter.end(after: time.now - arrival)
        }
    }

    private func accept(uncounted delivery: JobDelivery, _ span: TraceSpan?) async -> Job? {
        guard let object = delivery.object else {
            var echo = Echo(requestID: "")
            echo.endpoint = delivery.isCommand ? .command : .job
            echo.arrival = Arrival(nil, span)
            delivery.adopt(&echo)
            reject(.noObject, echo)
            return nil
        }
        return delivery.isCommand
            ? await accept(command: object, nil, reply: nil, job: delivery, Arrival(nil, span))
            : await accept(request: object, reply: nil, job: delivery, Arrival(nil, span))
    }

    /// Whether a request is to be run, and by us.
    func isToRun(_ echo: Echo) async -> Bool {
        guard let job = echo.job else { return isNew(echo) }
        return await job.isToRun()
    }
}
