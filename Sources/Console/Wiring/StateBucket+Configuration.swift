import Configuration
import Conversations
import LLMService
import NATSClient
import ReplicatedState
import ServiceRuntime

extension StateBucket {
    /// The bucket that the configuration describes; nil where it wants none.
    convenience init?(
        _ configuration: Configuration, on connection: NATSConnection, instance: String, time: any TimeSource, log: Log,
        metrics: MetricsRegistry
    ) {
        let state = configuration.state
        guard state.isEnabled else { return nil }
        let (story, meter) = (StateStory(log: log, time: time), StateMetrics())
        self.init(on: connection, options: NATSKeyValueOptions(state), instance: instance, time: time) { event in
            story.tell(event)
            meter.tell(event)
        }
        meter.add(self, to: metrics)
    }
}

extension NATSKeyValueOptions {
    /// The bucket that the configuration describes.
    init(_ state: Configuration.State) {
        self.init(bucket: state.bucket)
        timeToLive = state.ttl
        maxBytes = state.maxBytes
        replicas = state.replicas
    }
}

extension ServiceStores {
    /// The stores that the configuration describes: in the bucket, if there is one, else in memory.
    init(_ configuration: Configuration, in bucket: StateBucket?) {
        let channels = configuration.service.maxChannels
        guard let bucket else {
            self.init(capacity: channels)
            return
        }
        // A quarter of the room for what is remembered: it is less than what is said.
        let bytes = configuration.state.memoryBytes
        self.init(
            conversations: bucket.documents(
                of: Conversation.self, prefix: "c", limits: ReplicaLimits(documents: channels, bytes: bytes * 3 / 4)),
            memories: bucket.documents(
                of: MemoryBook.self, prefix: "m", limits: ReplicaLimits(documents: channels, bytes: bytes / 4)),
            usage: bucket.documents(of: Usage.self, prefix: "u", limits: ReplicaLimits(bytes: 8 << 20)))
    }
}
