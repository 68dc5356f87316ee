import Concurrency
import JSON
import NATSClient
import ServiceRuntime

extension AgentDoor {
    /// Says that it is there, once the server knows what it listens on, and then every so often, until it is cancelled.
    func beat() async {
        await outbox.beat(every: agent.heartbeat, time: time) {
            outbox.publish(heartbeat(), to: agent.heartbeatSubject, headers: [])
        }
    }

    /// That it is there, and how it is prompted (protocol, section 8.3).
    func heartbeat() -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("agent", AgentSettings.agent)
            writer.field("owner", agent.owner)
            writer.field("session", agent.name)
            writer.field("instance_id", settings.instance)
            writer.field("ts", time.timestamp.text)
            writer.field("interval_s", Int(agent.heartbeat.seconds.rounded(.up)))
            writer.field("protocol_version", AgentSettings.protocolVersion)
            writer.object("endpoints") { writer in
                writer.object("prompt") { writer in
                    writer.field("subject", promptSubject)
                    writer.field("metadata") { $0.texts(promptMetadata) }
                }
            }
        }
    }

    /// What the services protocol tells of it: every agent is a service of the name `agents`.
    @Sendable
    func describe() -> ServiceDescription {
        func endpoint(
            _ name: String, _ subject: String, _ metadata: [(key: String, value: String)],
            _ statistics: EndpointStatistics
        )
            -> ServiceDescription.Endpoint
        {
            ServiceDescription.Endpoint(
                name: name, subject: subject, queueGroup: AgentSettings.group, metadata: metadata,
                statistics: statistics)
        }
        return ServiceDescription(
            name: AgentSettings.group, id: settings.instance, version: settings.version,
            description: "Rosey, a companion for chat rooms",
            metadata: [
                ("agent", AgentSettings.agent), ("owner", agent.owner), ("session", agent.name),
                ("protocol_version", AgentSettings.protocolVersion),
            ],
            started: started,
            endpoints: [
                endpoint("prompt", promptSubject, promptMetadata, promptStatistics),
                endpoint("status", agent.statusSubject, [], statusStatistics),
            ])
    }

    private var promptMetadata: [(key: String, value: String)] {
        [("max_payload", Self.size(maxBytes)), ("attachments_ok", "false")]
    }

    /// `256KB`, `1MB`: the largest unit that leaves no rest.
    static func size(_ bytes: Int) -> String {
        for (unit, size) in [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)] where bytes >= size && bytes % size == 0
        {
            return "\(bytes / size)\(unit)"
        }
        return "\(bytes)B"
    }
}
