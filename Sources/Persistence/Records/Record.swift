import Conversations
import JSON
import NATSClient

/// A document as it is written down: a record, which is a JSON object with the version of its format, its own name, who
/// wrote it, and its fields; and the entries of its log, which are JSON objects with the version, where the part of the log
/// begins that is needed, and their fields.
package enum Record<Value: StoredDocument> {
    /// The bytes of a document's record.
    ///
    /// - Parameters:
    ///   - name: its name, for whoever looks at the bucket.
    ///   - writer: tells this write from all others.
    package static func bytes(_ value: Value, name: String, writer: String) -> [UInt8] {
        JSONWriter.object(capacity: 256 + (Value.hasLog ? 0 : value.bytes)) { json in
            json.field("v", Value.schema)
            json.field("name", name)
            json.field("writer", writer)
            value.write(&json)
        }
    }

    /// The bytes of a change's entry in the log.
    ///
    /// - Parameters:
    ///   - value: the document, as the change has made it.
    ///   - start: the revision of the first entry that is needed; 0: this one.
    static func entry(_ change: Value.Change, of value: Value, from start: UInt64) -> [UInt8] {
        JSONWriter.object(capacity: 256 + Value.bytes(of: change)) { json in
            json.field("v", Value.schema)
            if start > 0 { json.field("from", Int(start)) }
            value.writeEntry(of: change, &json)
        }
    }

    /// Finds the revision of the first entry that is needed, by the last entry of a log; nil where there is no log.
    static var logStart: (@Sendable (NATSKeyValue.Entry) -> UInt64)? {
        guard Value.hasLog else { return nil }
        return { start($0) }
    }

    private static func start(_ last: NATSKeyValue.Entry) -> UInt64 {
        guard case .integer(let start)? = JSONValue.parse(last.value)?.object?["from"], start > 0 else {
            return last.revision
        }
        return UInt64(start)
    }

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - record: the bytes of its record; nil where there is none.
    ///   - log: the bytes of the entries of its log, the oldest first.
    /// - Returns: The document, and who wrote its record.
    /// - Throws: Why it is not to be written over either: it is another version's, or no record at all.
    package static func read(
        _ record: [UInt8]?, log: [[UInt8]] = []
    ) throws(RecordFault) -> (value: Value, writer: String) {
        var (value, writer) = (Value(), "")
        if let record {
            let fields = try fields(record)
            value = try Value(record: fields)
            writer = fields["writer"]?.string ?? ""
        }
        if !log.isEmpty {
            var entries: [[String: JSONValue]] = []
            for entry in log { entries.append(try fields(entry)) }
            try value.replay(entries)
        }
        return (value, writer)
    }

    /// Reads what is kept of a document.
    static func read(_ stored: StateStore.Stored) throws(RecordFault) -> (value: Value, writer: String) {
        try read(stored.record?.value, log: stored.log.entries.map { $0.value })
    }

    private static func fields(_ bytes: [UInt8]) throws(RecordFault) -> [String: JSONValue] {
        guard let fields = JSONValue.parse(bytes)?.object else { throw RecordFault("it is no JSON object") }
        guard case .integer(let version)? = fields["v"] else { throw RecordFault("it names no version") }
        guard version == Value.schema else {
            throw RecordFault("it is of version \(version), where this program knows version \(Value.schema)")
        }
        return fields
    }
}

/// How names, which may hold anything, are written as keys of a key-value bucket, and read again.
///
/// One or more letters say what kind of document it is, and after a dot comes the name's ``NATSToken``: `c.lobby`,
/// `c.=23chan`. There is one key for each name, and one name for each key.
package enum RecordKey {
    /// The key of a name.
    package static func encode(_ name: String, prefix: String) -> String {
        NATSToken.encode(name, after: prefix + ".")
    }

    /// The name that a key is of; nil where it is of another kind, or none of ours.
    package static func decode(_ key: String, prefix: String) -> String? {
        guard key.hasPrefix(prefix + ".") else { return nil }
        return NATSToken.decode(key.dropFirst(prefix.count + 1))
    }
}
