import Conversations
import JSON

/// A document as it is written down: a JSON object with the version of its format, its own name, who wrote it, and its
/// fields.
package enum Record<Value: StoredDocument> {
    /// What a record says.
    package enum Reading {
        case document(Value, writer: String)
        /// Not ours to read, and so not to be written over: another version's, or not a record at all.
        case foreign(reason: String)
    }

    /// The bytes of a document.
    ///
    /// - Parameters:
    ///   - name: its name, for whoever looks at the bucket.
    ///   - writer: tells this write from all others.
    package static func bytes(_ value: Value, name: String, writer: String) -> [UInt8] {
        JSONWriter.object(capacity: 256 + value.bytes) { json in
            json.field("v", Value.schema)
            json.field("name", name)
            json.field("writer", writer)
            value.write(&json)
        }
    }

    /// Reads a record.
    package static func read(_ bytes: [UInt8]) -> Reading {
        guard let fields = JSONValue.parse(bytes)?.object else { return .foreign(reason: "it is no JSON object") }
        guard case .integer(let version)? = fields["v"] else { return .foreign(reason: "it names no version") }
        guard version == Value.schema else {
            return .foreign(reason: "it is of version \(version), where this program knows version \(Value.schema)")
        }
        do throws(RecordFault) {
            return .document(try Value(record: fields), writer: fields["writer"]?.string ?? "")
        } catch {
            return .foreign(reason: error.description)
        }
    }
}
