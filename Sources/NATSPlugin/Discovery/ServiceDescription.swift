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
        var reading: EndpointMeter.Reading
    }
}
