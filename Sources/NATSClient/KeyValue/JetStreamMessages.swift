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
            let history: Int?

            private enum CodingKeys: String, CodingKey {
                case replicas = "num_replicas"
                case history = "max_msgs_per_subject"
            }
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

    /// The number of a message that was written, read from the answer as servers write it; nil where it says anything else.
    ///
    /// Each turn of a conversation gets such an answer, and a decoder takes longer for it than all else does.
    static func storedSequence(_ answer: [UInt8]) -> UInt64? {
        // {"stream":"KV_name", "seq":42}
        guard answer.starts(with: #"{"stream":""#.utf8), answer.last == UInt8(ascii: "}") else { return nil }
        guard let comma = answer.firstIndex(of: UInt8(ascii: ",")) else { return nil }
        var rest = answer[(comma + 1)...].drop { $0 == UInt8(ascii: " ") }
        guard rest.starts(with: #""seq":"#.utf8) else { return nil }
        rest = rest.dropFirst(6).drop { $0 == UInt8(ascii: " ") }.dropLast()
        var sequence: UInt64 = 0
        for digit in rest {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit, sequence < 1 << 59 else { return nil }
            sequence = sequence * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return rest.isEmpty ? nil : sequence
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

    /// A consumer that sends the last value of each subject, or all from one on, and then what comes, to one subject; it
    /// keeps nothing on disk and is gone soon after we are.
    struct CreateConsumer: Encodable {
        struct Configuration: Encodable {
            let deliverSubject: String
            var filterSubject: String
            var deliverPolicy = "last_per_subject"
            var startSequence: UInt64?
            var headersOnly = false
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
                case startSequence = "opt_start_seq"
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
