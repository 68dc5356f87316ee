import BusProtocol
import Tracing

/// A request on its way through the service: what its replies repeat, and how it is answered and counted.
struct RequestContext: Sendable {
    var reply: ReplyContext
    /// Where it came in; nil for a call that there is not, and for what nobody asked for.
    var endpoint: Endpoint?
    /// What was asked for, for the statistics.
    var kind = Operation.Kind.unknown
    /// How it is answered, where it is a call: then nobody else hears of it.
    var call: CallReply?
    /// Where its answer goes instead of the bus, where it is a job's.
    var job: JobDelivery?
    /// When it was taken up; nil where that is of no use: a job may have been taken up before.
    var arrival: ContinuousClock.Instant?
    /// The span that follows it; nil where nobody traces.
    var span: TraceSpan?

    /// Which way it came in; nil for what nobody asked for.
    var door: Door? {
        switch endpoint {
        case .command, .memory: .command
        case .request: .request
        case .job: .job
        case .call: .call
        case nil: call == nil ? nil : .call
        }
    }
}
