import NATSClient

/// What is said to the instances when records are changed from outside of them: a document's name, as the payload.
enum StateNotice {
    /// The longest name that is listened to, in bytes.
    private static let maxNameBytes = 1024

    /// Where it is said of a bucket.
    static func subject(of bucket: String) -> String { "rosey-llm.state.\(bucket)" }

    /// Says that the document of that name was changed, or deleted.
    static func send(_ name: String, in bucket: String, over connection: NATSConnection) throws(NATSError) {
        try connection.publish(Array(name.utf8), to: subject(of: bucket))
    }

    /// The name in a message; nil where there is none.
    static func name(_ message: NATSMessage) -> String? {
        guard message.payload.count <= maxNameBytes else { return nil }
        return String(validating: message.payload, as: UTF8.self)
    }
}
