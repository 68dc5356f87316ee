import BusProtocol
import FoundationEssentials
import JSON
import Observability
import ServiceRuntime

/// What the services protocol of NATS (ADR-32) tells of a service.
struct ServiceDescription {
    /// What kind of service it is: letters, digits, `-` and `_`.
    var name: String
    /// This instance of it.
    var id: String
    /// Semantic version.
    var version: String
    /// For people.
    var description: String
    /// For programs.
    var metadata: [(key: String, value: String)] = []
    /// Since when it is there.
    var started: Timestamp
    /// What it answers on.
    var endpoints: [Endpoint]

    /// A subject that it answers on.
    struct Endpoint {
        /// Letters, digits, `-` and `_`.
        var name: String
        /// Where it listens.
        var subject: String
        /// The group that shares what comes there.
        var queueGroup: String
        /// What there is to know for whoever wants to use it.
        var metadata: [(key: String, value: String)]
        /// What it has done.
        var statistics: EndpointStatistics
    }
}

/// What can be asked of every service.
enum ServiceVerb: String, CaseIterable {
    case ping = "PING"
    case info = "INFO"
    case stats = "STATS"
}

extension ServiceDescription {
    /// The answer, as ADR-32 has it.
    func answer(to verb: ServiceVerb) -> [UInt8] {
        JSONWriter.object(capacity: verb == .ping ? 256 : 4096) { writer in
            writer.field("type", "io.nats.micro.v1.\(verb.rawValue.lowercased())_response")
            writer.field("name", name)
            writer.field("id", id)
            writer.field("version", version)
            writer.field("metadata") { $0.texts(metadata) }
            switch verb {
            case .ping: break
            case .info:
                writer.field("description", description)
                endpoints(&writer) { writer, endpoint in writer.field("metadata") { $0.texts(endpoint.metadata) } }
            case .stats:
                writer.field("started", started.text)
                endpoints(&writer) { writer, endpoint in
                    let statistics = endpoint.statistics
                    writer.field("num_requests", statistics.requests.value)
                    writer.field("num_errors", statistics.errors.value)
                    writer.field("last_error", statistics.lastError)
                    writer.field("processing_time", statistics.nanoseconds.value)
                    writer.field("average_processing_time", statistics.average)
                    // Nothing more; but nats-py reads no statistics without it.
                    writer.null("data")
                }
            }
        }
    }

    private func endpoints(_ writer: inout JSONWriter, _ more: (inout JSONWriter, Endpoint) -> Void) {
        writer.objects("endpoints", endpoints) { writer, endpoint in
            writer.field("name", endpoint.name)
            writer.field("subject", endpoint.subject)
            writer.field("queue_group", endpoint.queueGroup)
            more(&writer, endpoint)
        }
    }
}

extension PluginSettings {
    /// What the services protocol tells of the plugin.
    func description(_ metrics: PluginMetrics, started: Timestamp) -> ServiceDescription {
        ServiceDescription(
            name: "rosey-llm", id: instance, version: version, description: "language models on NATS",
            started: started,
            endpoints: Endpoint.all.filter { $0 != .job || jobs != nil }.compactMap { endpoint in
                guard let subject = group.subject(of: endpoint) else { return nil }
                return ServiceDescription.Endpoint(
                    name: endpoint.name, subject: subject, queueGroup: Subjects.queueGroup,
                    metadata: endpoint.metadata, statistics: metrics[endpoint] ?? EndpointStatistics())
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

extension JSONWriter {
    /// An object of strings.
    mutating func texts(_ fields: [(key: String, value: String)]) {
        object { writer in for (key, value) in fields { writer.field(key, value) } }
    }
}

extension Timestamp {
    /// RFC 3339 in UTC, to the millisecond: nats-py reads no time without a fraction.
    var text: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
