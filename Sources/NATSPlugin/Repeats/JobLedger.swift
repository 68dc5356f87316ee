import LLMService
import NATSClient
import ServiceRuntime

/// Where it is kept who works on which job, and how it was answered: so that each is answered once, by whichever instance.
final class JobLedger: Sendable {
    /// The bucket's name.
    static let bucket = "rosey_llm_jobs"
    /// Others may claim the same job at the same moment; but not for ever.
    private static let tries = 8

    /// What a claim led to.
    enum Outcome: Sendable {
        /// The job is ours to run.
        case run(JobClaim)
        /// It is ours; its answer is there, and to be sent.
        case publish(JobClaim)
        /// It is ours, and to be given up: it was begun too often.
        case giveUp(JobClaim)
        /// It is somebody else's, for now.
        case wait(Duration)
        /// It is answered.
        case over
        /// It is another message's, which was answered so: somebody asks again.
        case again(JobResult)
        /// It is another message's, which asked for something else.
        case foreign
        /// It cannot be written down whose it is, and is to be run all the same.
        case unkept
    }

    private let connection: NATSConnection
    private let options: NATSKeyValueOptions
    private let store: NATSKeyValue
    private let instance: String
    private let patience: Duration
    private let maxAttempts: Int
    private let time: any TimeSource

    private init(
        _ connection: NATSConnection, _ options: NATSKeyValueOptions, _ store: NATSKeyValue, _ instance: String,
        patience: Duration, _ settings: JobSettings, _ time: any TimeSource
    ) {
        (self.connection, self.options, self.store, self.instance) = (connection, options, store, instance)
        (self.patience, maxAttempts, self.time) = (patience, settings.maxDeliveries, time)
    }

    /// Opens the bucket; makes it if it is not there.
    ///
    /// - Parameters:
    ///   - instance: tells this process from others.
    ///   - patience: an owner silent for so long is gone.
    static func open(
        on connection: NATSConnection, instance: String, patience: Duration, settings: JobSettings,
        time: any TimeSource
    ) async throws(NATSError) -> JobLedger {
        var options = NATSKeyValueOptions(bucket: bucket)
        options.timeToLive = settings.resultTTL
        options.replicas = settings.replicas
        let store = try await connection.keyValue(options)
        return JobLedger(connection, options, store, instance, patience: patience, settings, time)
    }

    /// Makes the bucket anew, where somebody has deleted it.
    func reopen() async throws(NATSError) { _ = try await connection.keyValue(options) }

    /// Tries to make a job ours.
    ///
    /// - Parameter source: the message that it came with.
    func claim(_ key: String, _ source: JobSource) async throws(NATSError) -> Outcome {
        var record = JobRecord(owner: "\(instance).\(RequestID.make())", at: time.timestamp)
        record.source = source
        for _ in 0..<Self.tries {
            do throws(NATSError) {
                return .run(claim(key, record, try await store.create(key, record.bytes)))
            } catch {
                guard error.code == .wrongRevision else { throw error }
            }
            guard let entry = try await store.get(key) else { continue }
            // Another version's: whoever wrote it knows what to do.
            guard let known = JobRecord(entry.value) else { return .wait(patience) }
            if let first = known.source, !source.isMessage(of: first) {
                if source.digest != first.digest { return .foreign }
                if case .done(let result, isPublished: true) = known.stage { return .again(result) }
            }
            do throws(NATSError) {
                return try await take(key, known, entry.revision, as: record)
            } catch {
                guard error.code == .wrongRevision else { throw error }
            }
        }
        return .wait(.seconds(1))
    }

    /// Takes what somebody left. The revision fences: of two who try, one does.
    private func take(
        _ key: String, _ known: JobRecord, _ revision: UInt64, as ours: JobRecord
    ) async throws(NATSError) -> Outcome {
        let verdict = known.verdict(now: time.timestamp, patience: patience, maxAttempts: maxAttempts)
        var record = known
        (record.owner, record.at, record.source) = (ours.owner, time.timestamp, known.source ?? ours.source)
        switch verdict {
        case .over: return .over
        case .wait(let rest): return .wait(rest)
        case .publish:
            return .publish(claim(key, record, try await store.update(key, record.bytes, revision: revision)))
        case .run, .giveUp:
            // That it waited says why; that its owner was lost does not.
            if record.stage == .running { record.code = nil }
            record.stage = .running
            if verdict == .run { record.attempts += 1 }
            let claim = claim(key, record, try await store.update(key, record.bytes, revision: revision))
            return verdict == .run ? .run(claim) : .giveUp(claim)
        }
    }

    private func claim(_ key: String, _ record: JobRecord, _ revision: UInt64) -> JobClaim {
        JobClaim(key, record, revision, store: store, time: time)
    }
}
