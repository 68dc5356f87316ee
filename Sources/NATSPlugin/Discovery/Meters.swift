import BusProtocol
import LLMService
import ServiceRuntime

/// The statistics of all endpoints.
final class Meters: Sendable {
    /// The same requests by what was asked for, and what became of it.
    let requests = RequestCounts()
    private let meters = Dictionary(uniqueKeysWithValues: Endpoint.all.map { ($0, EndpointMeter()) })

    /// The statistics of one; nil where there is none.
    subscript(endpoint: Endpoint?) -> EndpointMeter? { endpoint.flatMap { meters[$0] } }
}
