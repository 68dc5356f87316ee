package import NATSClient

/// Where documents are kept: a key-value bucket with their records, and another one with the entries of their logs, as the
/// history of the document's key.
package struct StateStore: Sendable {
    /// What is kept of a document.
    package struct Stored: Sendable {
        /// Its record; nil where there is none.
        package var record: NATSKeyValue.Entry?
        /// The part of its log that is needed.
        package var log = NATSKeyValue.History()
    }

    /// The records.
    package let records: NATSKeyValue
    /// The logs.
    package let logs: NATSKeyValue
    private let timeout: Duration

    /// Opens both, and makes them where they are not there.
    ///
    /// - Parameters:
    ///   - options: what they are to be like. The logs get three quarters of the room.
    ///   - entries: how many entries of a log a document may need.
    package init(
        on connection: NATSConnection, _ options: NATSKeyValueOptions, entries: Int
    ) async throws(NATSError) {
        var (records, logs) = (options, options)
        logs.bucket += "_turns"
        // Those that took the place of others are among them.
        logs.history = 2 * entries
        records.maxBytes = options.maxBytes.map { $0 / 4 }
        logs.maxBytes = options.maxBytes.map { $0 / 4 * 3 }
        timeout = options.timeout
        self.records = try await connection.keyValue(records)
        self.logs = try await connection.keyValue(logs)
    }

    /// The largest value that the server takes, in bytes, with some room for headers.
    var maxValueBytes: Int { max(1024, records.maxPayload - 1024) }

    /// Reads a document.
    ///
    /// - Parameter start: the revision with which the needed part of its log begins, by the last entry; nil where it has no
    ///   log.
    package func get(
        _ key: String, log start: ((NATSKeyValue.Entry) -> UInt64)?
    ) async throws(NATSError) -> Stored {
        let end = ContinuousClock.now + timeout
        var stored = Stored(record: try await records.get(key, timeout: timeout))
        if let start { stored.log = try await logs.history(key, from: start, timeout: end - .now) }
        return stored
    }
}

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
