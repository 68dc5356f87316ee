import BusProtocol
import LLMService
import ServiceRuntime

/// The statistics of all endpoints.
final class Meters: Sendable {
    /// The same requests by what was asked for, and what became of it.
    let requests = RequestCounts()
    private let request = EndpointMeter()
    private let meters: [Endpoint: EndpointMeter]
    private let bySubject: [String: EndpointMeter]

    init() {
        let pairs = Endpoint.all.map { [request] in ($0, $0 == .request ? request : EndpointMeter()) }
        meters = Dictionary(uniqueKeysWithValues: pairs)
        bySubject = Dictionary(uniqueKeysWithValues: pairs.map { ($0.subject, $1) })
    }

    /// The statistics of one.
    subscript(endpoint: Endpoint) -> EndpointMeter { meters[endpoint] ?? request }

    /// Counts a message that came on a subject; nil where there is no such endpoint.
    func begin(_ subject: String) -> EndpointMeter? {
        // Most are requests, and comparing costs less than hashing.
        let meter = subject == Subjects.request ? request : bySubject[subject]
        meter?.begin()
        return meter
    }

    /// Counts a request that was answered.
    func answer(_ context: RequestContext) { if let door = context.door { requests.count(door, context.kind, nil) } }

    /// Counts one that failed.
    func fail(_ error: LLMError, _ context: RequestContext) {
        if let door = context.door { requests.count(door, context.kind, error) }
        fail(error, of: context.endpoint)
    }

    /// Counts a failure.
    func fail(_ error: LLMError, of endpoint: Endpoint?) {
        if let endpoint { self[endpoint].fail(error) }
    }
}
