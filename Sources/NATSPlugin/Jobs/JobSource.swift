import JSON
import ServiceRuntime

/// Which message a job was taken from, and what it asked for.
struct JobSource: Sendable, Equatable {
    /// Its number in the stream, and when it entered it: a stream that is made anew counts from one again.
    var sequence: UInt64
    /// In nanoseconds since 1970.
    var time: Int64
    /// What it asked for, as a hash.
    var digest: String

    /// - Parameter object: the payload; nil where it is none.
    init(sequence: UInt64, time: Int64, _ object: [String: JSONValue]?) {
        (self.sequence, self.time) = (sequence, time)
        var object = object ?? [:]
        // Who asks again may listen elsewhere.
        object["reply_to"] = nil
        digest = SHA256.hexadecimal(JSONWriter.object { writer in writer.field("job") { $0.value(.object(object)) } })
    }

    /// What is written down of one.
    init(sequence: UInt64, time: Int64, digest: String) {
        (self.sequence, self.time, self.digest) = (sequence, time, digest)
    }

    /// Whether it is the same message, delivered once more.
    func isMessage(of other: JobSource) -> Bool { sequence == other.sequence && time == other.time }
}
