import Concurrency
package import NATSClient
package import Observability
package import ServiceRuntime
import Synchronization

/// A JetStream key-value bucket with all that is to outlive the process. ``run()`` must run for it to be read and written;
/// once only.
///
/// Where it cannot be reached, its documents live on in memory, nobody waits for it, and what was changed is written when
/// it is back.
package final class StateBucket: Sendable {
    /// The most writes at a time.
    private static var maxWrites: Int { 64 }

    struct State {
        var availability = Availability()
        var store: StateStore?
        /// How often the bucket was opened.
        var openings = 0
        /// The connection's when it was looked at last.
        var connectionGeneration = 0
        var maxRecordBytes = 0
        var documents: [any StoredDocuments] = []
        /// The keys about which an event was emitted.
        var reported: Set<String> = []
        /// The documents that left memory unwritten, and how many there have to be until that is reported again.
        var lost = (count: 0, nextReport: 1)
        /// Whether something was left unwritten when nobody was to write it any more.
        var isIncomplete = false
    }

    /// The reads and writes that failed. A write that another instance overtook does not count.
    package let failures = Counter()
    let time: any TimeSource
    let connection: NATSConnection
    let options: NATSKeyValueOptions
    let entries: Int
    let state = Mutex(State())
    /// Opens when it is known whether the bucket is there.
    let isKnown = Latch()
    private let writer: String
    private let onEvent: @Sendable (StateEvent) -> Void
    private let writes = Atomic<UInt64>(0)
    private let jobs:
        (
            stream: AsyncStream<@Sendable () async -> Void>,
            continuation: AsyncStream<@Sendable () async -> Void>.Continuation
        )

    /// - Parameters:
    ///   - connection: where JetStream is.
    ///   - options: the bucket, and what it is to be like where it has to be made.
    ///   - entries: how many entries of a document's log are needed, at most.
    ///   - instance: tells this process from others.
    ///   - time: the clock.
    ///   - onEvent: hears what an operator is to know; quick, never blocking.
    package init(
        on connection: NATSConnection, options: NATSKeyValueOptions, entries: Int = 100, instance: String,
        time: any TimeSource, onEvent: @escaping @Sendable (StateEvent) -> Void
    ) {
        self.connection = connection
        self.options = options
        self.entries = entries
        self.time = time
        self.onEvent = onEvent
        // An instance may be named the same after a restart; its writes are others.
        writer = instance + "-" + String(UInt64.random(in: .min ... .max), radix: 36)
        // As many as there are documents with something to be written, and a few.
        jobs = AsyncStream.makeStream()
    }

    /// The documents of one kind in it.
    ///
    /// - Parameters:
    ///   - type: the kind.
    ///   - limits: how much of them is in memory.
    package func documents<Value: StoredDocument>(
        of type: Value.Type, limits: ReplicaLimits = ReplicaLimits()
    ) -> ReplicatedDocuments<Value> {
        let documents = ReplicatedDocuments<Value>(bucket: self, limits: limits)
        state.withLock { $0.documents.append(documents) }
        return documents
    }

    /// Whether what is written now outlives the process.
    package var isAvailable: Bool { state.withLock { $0.availability.isAvailable } }

    /// The documents in memory, their bytes, and those of them that are to be written, by what their keys begin with.
    package var loads: [(prefix: String, load: (count: Int, bytes: Int, dirty: Int))] {
        state.withLock { $0.documents }.map { ($0.prefix, $0.load) }
    }

    /// Opens the bucket and writes to it, until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepOpen() }
            await withTaskGroup(of: Void.self) { writers in
                var running = 0
                for await job in jobs.stream {
                    if running == Self.maxWrites {
                        await writers.next()
                        running -= 1
                    }
                    writers.addTask { await job() }
                    running += 1
                }
            }
            group.cancelAll()
        }
        end()
    }

    /// Writes what is not written yet. Returns whether all of it is, in the time there is.
    package func finish(within limit: Duration) async -> Bool {
        let end = time.now + limit
        while isDirty {
            guard state.withLock({ $0.availability.canWrite }), time.now < end else { return false }
            writeAll()
            do {
                try await time.sleep(until: time.now + .milliseconds(5))
            } catch {
                break
            }
        }
        return !isDirty && !state.withLock { $0.isIncomplete }
    }

    private var isDirty: Bool { state.withLock({ $0.documents }).contains { $0.load.dirty > 0 } }

    /// Ends all reading, writing and waiting, and releases the documents, which refer to the bucket.
    private func end() {
        let documents = state.withLock { state in
            state.availability.end()
            defer { state.documents = [] }
            return state.documents
        }
        isKnown.open()
        for documents in documents { documents.stopWaiting() }
        if documents.contains(where: { $0.load.dirty > 0 }) { state.withLock { $0.isIncomplete = true } }
    }

    // MARK: for its documents

    static let isDown = NATSError(.notConnected, "the key-value bucket is not open")

    /// Changes whenever NATS, or the bucket, was away: what was read before that may be out of date.
    var generation: Int { look { connection.generation + $0.openings } }
    var canRead: Bool { look { $0.availability.canRead } }
    var canWrite: Bool { look { $0.store != nil && $0.availability.canWrite } }

    /// Looks at the state, as it is now that NATS may have been away.
    private func look<Result>(_ body: (inout State) -> Result) -> Result {
        let (result, isBack) = state.withLock { state -> (Result, Bool) in
            let isNew = connection.generation != state.connectionGeneration
            state.connectionGeneration = connection.generation
            let isBack = isNew && state.availability.isAway
            if isBack { state.availability.reconnected() }
            return (body(&state), isBack)
        }
        if isBack { run { await self.tryAgain() } }
        return result
    }
    var isWorthWaiting: Bool { state.withLock { $0.availability.isWorthWaiting } }

    /// The largest record that is taken, with some room for headers.
    var maxRecordBytes: Int { state.withLock { $0.maxRecordBytes } }

    /// Notes that a record of this size was refused for its size. Returns whether a smaller one may be taken.
    func takesLess(than count: Int) -> Bool {
        state.withLock { state in
            guard count > 1024 else { return false }
            state.maxRecordBytes = max(1024, min(state.maxRecordBytes, count / 2))
            return true
        }
    }

    /// Returns a name that no other write has.
    func nextWriter() -> String { "\(writer)-\(writes.wrappingAdd(1, ordering: .relaxed).newValue)" }

    /// Runs a job in a task of its own. The number of jobs that run at a time is bounded.
    func run(_ job: @escaping @Sendable () async -> Void) { jobs.continuation.yield(job) }

    // MARK: events

    /// Emits what an operator is to know; about each key once.
    func emit(_ event: StateEvent) {
        switch event {
        case .foreign(let key, _), .unwritable(let key, _):
            let isFirst = state.withLock { state in
                // A bound, as always: beyond it some are reported twice.
                if state.reported.count > 10_000 { state.reported = [] }
                return state.reported.insert(key).inserted
            }
            guard isFirst else { return }
        default: break
        }
        onEvent(event)
    }

    /// So many documents left memory before they could be written. That is reported each time it is twice as many.
    func lost(_ count: Int) {
        guard count > 0 else { return }
        let report = state.withLock { state -> Int? in
            state.lost.count += count
            guard state.lost.count >= state.lost.nextReport else { return nil }
            defer { state.lost.nextReport = 2 * state.lost.count }
            return state.lost.count
        }
        if let report { onEvent(.lost(count: report)) }
    }
}

/// What a bucket needs to know of the documents that are kept in it, whatever they are.
protocol StoredDocuments: AnyObject, Sendable {
    /// Somebody else changed the document of that name, or deleted it.
    func forget(_ name: String)
    /// Writes what is not written yet; or so many documents of it, by chance.
    func writeAll(atMost count: Int?)
    /// Nobody is to wait for a write any longer.
    func stopWaiting()
    /// What their keys begin with.
    var prefix: String { get }
    /// The documents in memory, their bytes, and those of them that are to be written.
    var load: (count: Int, bytes: Int, dirty: Int) { get }
}

/// What an operator is to know about the bucket.
package enum StateEvent: Sendable {
    /// The bucket can be used: what could not be written meanwhile is being written.
    case available(bucket: String)
    /// The bucket cannot be used for now: the service works from memory, and writes later.
    case unavailable(reason: String)
    /// A write took longer than an answer waits for it: until a write is quicker, answers are sent before their turns are
    /// stored.
    case slow
    /// The server has no JetStream: the service works from memory, and tries again.
    case memoryOnly(reason: String)
    /// A record is left as it is because this program cannot read it.
    case foreign(key: String, reason: String)
    /// A document cannot be written, and is kept in memory only.
    case unwritable(key: String, reason: String)
    /// This number of documents left memory before they could be written, because there was no room for more.
    case lost(count: Int)
}
