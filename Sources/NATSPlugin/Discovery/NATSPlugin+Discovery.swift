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
                    metadata: endpoint.metadata, reading: meters[endpoint].reading)
            })
    }
}
