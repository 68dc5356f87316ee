internal import FoundationEssentials

/// What JetStream's API is asked and answers, as far as we need it (nats-io/jsm.go, `schemas/jetstream/api/v1`).
enum JetStream {
    /// An answer, or why there is none.
    struct Reply<Answer: Decodable>: Decodable {
        let result: Result<Answer, Failure>

        private enum Key: CodingKey { case error }

        init(from decoder: any Decoder) throws {
            let failure = try decoder.container(keyedBy: Key.self).decodeIfPresent(Failure.self, forKey: .error)
            if let failure {
                result = .failure(failure)
            } else {
                result = .success(try Answer(from: decoder))
            }
        }
    }

    /// Why JetStream refuses.
    struct Failure: Error, Decodable {
        let code: Int
        let errorCode: Int?
        let description: String?

        private enum CodingKeys: String, CodingKey {
            case code, description
            case errorCode = "err_code"
        }

        var isStreamNotFound: Bool { errorCode == 10059 }
        /// Somebody else has made it, a little differently.
        var isStreamNameInUse: Bool { errorCode == 10058 }
        var isMessageNotFound: Bool { errorCode == 10037 }
    }

    /// A stream that is there.
    struct Stream: Decodable {
        struct Configuration: Decodable {
            let replicas: Int?

            private enum CodingKeys: String, CodingKey { case replicas = "num_replicas" }
        }

        let config: Configuration
    }

    struct NoQuestion: Encodable {}

    /// A write's answer.
    struct Stored: Decodable {
        let seq: UInt64
        /// Whether it was not written, because there was one of the same id before.
        let duplicate: Bool?
    }

    struct GetLast: Encodable {
        let subject: String

        private enum CodingKeys: String, CodingKey { case subject = "last_by_subj" }
    }

    struct Gotten: Decodable {
        struct Message: Decodable {
            let seq: UInt64
            /// The header block as it went over the wire.
            let hdrs: Data?
            let data: Data?
        }

        let message: Message
    }

    /// A bucket's stream.
    struct StreamConfiguration: Encodable {
        let name: String
        let subjects: [String]
        let history: Int
        let maxBytes: Int
        /// In nanoseconds; 0: for ever.
        let maxAge: Int64
        let storage: String
        let replicas: Int
        /// In nanoseconds; at most the age.
        let duplicateWindow: Int64
        let retention = "limits"
        let discard = "new"
        let maxConsumers = -1
        let maxMessages = -1
        let denyDelete = true
        let allowRollup = true
        let allowDirect = true

        private enum CodingKeys: String, CodingKey {
            case name, subjects, storage, retention, discard
            case history = "max_msgs_per_subject"
            case maxBytes = "max_bytes"
            case maxAge = "max_age"
            case replicas = "num_replicas"
            case duplicateWindow = "duplicate_window"
            case maxConsumers = "max_consumers"
            case maxMessages = "max_msgs"
            case denyDelete = "deny_delete"
            case allowRollup = "allow_rollup_hdrs"
            case allowDirect = "allow_direct"
        }
    }

    /// A consumer that sends the last value of each subject, then what comes, or only that, to one subject; it keeps
    /// nothing on disk and is gone soon after we are.
    struct CreateConsumer: Encodable {
        struct Configuration: Encodable {
            let deliverSubject: String
            let filterSubject: String
            let deliverPolicy: String
            let headersOnly: Bool
            /// In nanoseconds.
            let idleHeartbeat: Int64
            /// In nanoseconds.
            let inactiveThreshold: Int64
            let ackPolicy = "none"
            let replayPolicy = "instant"
            let maxDeliver = 1
            let flowControl = true
            let replicas = 1
            let inMemory = true

            private enum CodingKeys: String, CodingKey {
                case deliverSubject = "deliver_subject"
                case filterSubject = "filter_subject"
                case headersOnly = "headers_only"
                case idleHeartbeat = "idle_heartbeat"
                case inactiveThreshold = "inactive_threshold"
                case deliverPolicy = "deliver_policy"
                case ackPolicy = "ack_policy"
                case replayPolicy = "replay_policy"
                case maxDeliver = "max_deliver"
                case flowControl = "flow_control"
                case replicas = "num_replicas"
                case inMemory = "mem_storage"
            }
        }

        let stream: String
        let config: Configuration

        private enum CodingKeys: String, CodingKey {
            case config
            case stream = "stream_name"
        }
    }

    struct Consumer: Decodable {
        let name: String
        /// How many messages it is going to send at once.
        let pending: UInt64

        private enum CodingKeys: String, CodingKey {
            case name
            case pending = "num_pending"
        }
    }
}
