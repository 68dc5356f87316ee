import BusProtocol
import ServiceRuntime

extension PluginSettings {
    /// What the services protocol tells of the plugin.
    func description(_ meters: Meters, started: Timestamp) -> ServiceDescription {
        ServiceDescription(
            name: "rosey-llm", id: instance, version: version, description: "language models on NATS",
            started: started,
            endpoints: Endpoint.all.filter { $0 != .job || jobs != nil }.map { endpoint in
                ServiceDescription.Endpoint(
                    name: endpoint.name, subject: endpoint.subject, queueGroup: Subjects.queueGroup,
                    metadata: endpoint.metadata, reading: meters[endpoint]?.reading ?? EndpointMeter.Reading())
            })
    }
}

extension Endpoint {
    /// What there is to know for whoever wants to use it.
    fileprivate var metadata: [(key: String, value: String)] {
        let events = [Subjects.response, Subjects.error].joined(separator: " ")
        return switch self {
        case .command: [("description", "a line of a room, after !chat"), ("publishes", events)]
        case .memory(let verb):
            [("description", "a line of a room, after !chat \(verb.rawValue)"), ("publishes", events)]
        case .request:
            [("description", "a request of a plugin"), ("publishes", "\(events) \(Subjects.delta)")]
        case .job:
            [("description", "a request of a plugin, kept by JetStream until it is answered"), ("publishes", events)]
        case .call(let name): [("description", "the call \(name.rawValue), answered to its reply subject")]
        }
    }
}
