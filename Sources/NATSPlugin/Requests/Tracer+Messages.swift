import BusProtocol
import NATSClient
import Tracing

// OpenTelemetry's semantic conventions for messaging ("messaging-spans"). Answers carry no trace: whoever asked knows it.
extension Tracer {
    /// The span of a message that came.
    func begin(_ message: NATSMessage) -> TraceSpan? { begin(message.subject, message.headers) }

    /// The span of a message that came on a subject; nil where there is nothing to record and nothing to hand on.
    func begin(_ subject: String, _ headers: NATSHeaders) -> TraceSpan? {
        begin(.consumer, headers: headers.fields) {
            // Of a subject that somebody made up, only where it came in.
            let isMadeUp = subject.hasPrefix(Subjects.callPrefix) && LLMCall.Name(subject: subject) == nil
            let place = isMadeUp ? Subjects.calls : subject
            let attributes = [
                Attribute("messaging.system", "nats"), Attribute("messaging.operation.name", "process"),
                Attribute("messaging.operation.type", "process"), Attribute("messaging.destination.name", place),
                Attribute("messaging.consumer.group.name", Subjects.queueGroup),
            ]
            return ("process \(place)", attributes)
        }
    }
}
