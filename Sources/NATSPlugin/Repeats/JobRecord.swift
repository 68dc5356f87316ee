import BusProtocol
import JSON
import ServiceRuntime

/// What is known of a job, whoever works on it: kept in a key-value bucket, under the job's key.
struct JobRecord: Sendable, Equatable {
    /// How far it is.
    enum Stage: Sendable, Equatable {
        /// It failed in a way that may pass, or was given back.
        case waiting
        case running
        /// It has its answer, which may not be out yet.
        case done(JobResult, isPublished: Bool)
    }

    /// What is to be done about a job that was delivered.
    enum Verdict: Equatable {
        case run
        /// Its answer is there, and to be sent.
        case publish
        /// It was begun too often.
        case giveUp
        /// Somebody else has it; for so long they may still be at it.
        case wait(Duration)
        /// It is answered.
        case over
    }

    var stage = Stage.running
    /// Whose claim it is; no two claims have the same.
    var owner: String
    /// The last sign of life of the owner.
    var at: Timestamp
    /// How often it was begun.
    var attempts = 1
    /// Why it failed last, as a code of the wire contract; nil where it did not.
    var code: String?
    /// The message that it came with first; nil where an older version wrote it.
    var source: JobSource?

    /// - Parameters:
    ///   - now: by the calendar.
    ///   - patience: an owner silent for so long is gone.
    ///   - maxAttempts: how often it may be begun.
    func verdict(now: Timestamp, patience: Duration, maxAttempts: Int) -> Verdict {
        // Another machine's clock may be ahead of ours.
        let rest = min(patience, patience - (now - at))
        switch stage {
        case .done(_, isPublished: true): return .over
        case .running where rest > .zero, .done where rest > .zero: return .wait(rest)
        case .done: return .publish
        case .running, .waiting: return attempts < maxAttempts ? .run : .giveUp
        }
    }
}

/// A job's one answer, as it goes out.
struct JobResult: Sendable, Equatable {
    /// Whether it is a failure.
    var isError: Bool
    var bytes: [UInt8]
    /// What goes with it to those who wait for a reply.
    var headers: [[String]] = []
    /// Why the job is for the dead letters, as a code of the wire contract; nil where it is not.
    var deadCode: String?

    /// The same for the outbox.
    var sent: Sent { Sent(bytes: bytes, headers: headers.map { (name: $0[0], value: $0[1]) }) }
}

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
        let asked = ReplyContext.withoutReplySubject(object ?? [:])
        digest = SHA256.hexadecimal(JSONWriter.object { writer in writer.field("job") { $0.value(.object(asked)) } })
    }

    /// What is written down of one.
    init(sequence: UInt64, time: Int64, digest: String) {
        (self.sequence, self.time, self.digest) = (sequence, time, digest)
    }

    /// Whether it is the same message, delivered once more.
    func isMessage(of other: JobSource) -> Bool { sequence == other.sequence && time == other.time }
}
