extension JetStream {
    /// The stream of a work queue: a message leaves it when it is acknowledged. Where it is full, who sends is told so.
    struct WorkStream: Encodable {
        let name: String
        let subjects: [String]
        let maxBytes: Int
        /// In nanoseconds; 0: for ever.
        let maxAge: Int64
        let replicas: Int
        let retention = "workqueue"
        let discard = "new"
        let storage = "file"

        private enum CodingKeys: String, CodingKey {
            case name, subjects, retention, discard, storage
            case maxBytes = "max_bytes"
            case maxAge = "max_age"
            case replicas = "num_replicas"
        }
    }

    /// What the server says of a stream, or of a consumer.
    struct Information: Decodable { let config: OpaqueJSON }

    /// A consumer that stays, from which all instances pull.
    struct CreateWorkConsumer: Encodable {
        struct Configuration: Encodable {
            let durable: String
            /// In nanoseconds.
            let ackWait: Int64
            let maxAckPending: Int
            let deliverPolicy = "all"
            let ackPolicy = "explicit"
            let replayPolicy = "instant"
            let maxDeliver = -1

            private enum CodingKeys: String, CodingKey {
                case durable = "durable_name"
                case ackWait = "ack_wait"
                case maxAckPending = "max_ack_pending"
                case deliverPolicy = "deliver_policy"
                case ackPolicy = "ack_policy"
                case replayPolicy = "replay_policy"
                case maxDeliver = "max_deliver"
            }
        }

        let stream: String
        let config: Configuration

        private enum CodingKeys: String, CodingKey {
            case config
            case stream = "stream_name"
        }
    }
}
