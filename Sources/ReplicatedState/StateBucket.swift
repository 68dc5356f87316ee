package import NATSClient
package import ServiceRuntime
import Synchronization

/// A JetStream key-value bucket with all that is to outlive the process. ``run()`` must run for it to be read and written.
///
/// Where it cannot be reached, its documents live on in memory, nobody waits for it, and what was changed is written when
/// it is back.
package final class StateBucket: Sendable {
    /// The most writes at a time.
    private static var maxWrites: Int { 64 }

    private struct State {
        var availability = Availability()
        var store: NATSKeyValue?
        var generation = 0
        var documents: [any Replicating] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The keys that something was told of already.
        var told: Set<String> = []
    }

    let time: any TimeSource
    private let connection: NATSConnection
    private let options: NATSKeyValueOptions
    private let instance: String
    private let onEvent: @Sendable (StateEvent) -> Void
    private let writes = Atomic<UInt64>(0)
    private let jobs:
        (
            stream: AsyncStream<@Sendable () async -> Void>,
            continuation: AsyncStream<@Sendable () async -> Void>.Continuation
        )
    private let state = Mutex(State())

    /// - Parameters:
    ///   - connection: where JetStream is.
    ///   - options: the bucket, and what it is to be like where it has to be made.
    ///   - instance: tells this process from others.
    ///   - time: the clock.
    ///   - onEvent: hears what an operator is to know; quick, never blocking.
    package init(
        on connection: NATSConnection, options: NATSKeyValueOptions, instance: String, time: any TimeSource,
        onEvent: @escaping @Sendable (StateEvent) -> Void
    ) {
        self.connection = connection
        self.options = options
        self.instance = instance
        self.time = time
        self.onEvent = onEvent
        jobs = AsyncStream.makeStream()
    }

    /// The documents of one kind in it.
    ///
    /// - Parameters:
    ///   - prefix: one or more letters, which no other kind has.
    ///   - limits: how much of them is in memory.
    package func documents<Value: StoredDocument>(
        of _: Value.Type, prefix: String, limits: ReplicaLimits = ReplicaLimits()
    ) -> ReplicatedDocuments<Value> {
        let documents = ReplicatedDocuments<Value>(prefix: prefix, bucket: self, limits: limits)
        state.withLock { $0.documents.append(documents) }
        return documents
    }

    /// Whether what is said now outlives the process.
    package var isAvailable: Bool { state.withLock { !$0.availability.isAway && !$0.availability.isOpening } }

    /// Opens the bucket, watches it, and writes to it, until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepOpen() }
            group.addTask { await self.keepTrying() }
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
        release()
        for documents in state.withLock({ $0.documents }) { documents.stopWaiting() }
    }

    /// Writes what is not written yet. Returns whether all of it is, in the time there is.
    package func finish(within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while state.withLock({ $0.documents }).contains(where: \.isDirty) {
            guard canWrite, ContinuousClock.now < end else { return false }
            writeAll()
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    // MARK: for its documents

    /// Grows whenever something may have been changed without a word.
    var generation: Int { state.withLock { $0.generation } }
    var canRead: Bool { state.withLock { $0.availability.canRead } }
    var canWrite: Bool { state.withLock { $0.store != nil && $0.availability.canWrite } }
    var isWorthWaiting: Bool { state.withLock { $0.availability.isWorthWaiting } }

    /// The largest record the server takes, with some room for headers.
    var maxRecordBytes: Int { max(1024, connection.maxPayload - 1024) }

    /// Tells a write from all others.
    func nextWriter() -> String { "\(instance)-\(writes.wrappingAdd(1, ordering: .relaxed).newValue)" }

    /// Does something in a task of its own, a bounded number at a time.
    func run(_ job: @escaping @Sendable () async -> Void) { jobs.continuation.yield(job) }

    /// Waits until it is known whether the bucket is there.
    func opened() async {
        await withCheckedContinuation { continuation in
            let isKnown = state.withLock { state in
                if state.availability.isOpening { state.waiting.append(continuation) }
                return !state.availability.isOpening
            }
            if isKnown { continuation.resume() }
        }
    }

    /// Reads a key.
    func get(_ key: String) async throws(NATSError) -> NATSKeyValue.Entry? {
        do throws(NATSError) {
            let entry = try await store().get(key)
            if state.withLock({ $0.availability.didRead() }) { isBack() }
            return entry
        } catch {
            report(error)
            throw error
        }
    }

    /// Writes a key that has this revision; 0: that is not there.
    func put(_ key: String, _ bytes: [UInt8], revision: UInt64) async throws(NATSError) -> UInt64 {
        do throws(NATSError) {
            let store = try store()
            let written =
                revision == 0
                ? try await store.create(key, bytes) : try await store.update(key, bytes, revision: revision)
            if state.withLock({ $0.availability.didWrite() }) { isBack() }
            return written
        } catch {
            report(error)
            throw error
        }
    }

    /// Tells what an operator is to know; of each key once.
    func tell(_ event: StateEvent) {
        switch event {
        case .foreign(let key, _), .unwritable(let key, _):
            let isNews = state.withLock { state in
                // A bound, as always: beyond it some are told twice.
                if state.told.count > 10_000 { state.told = [] }
                return state.told.insert(key).inserted
            }
            guard isNews else { return }
        default: break
        }
        onEvent(event)
    }

    // MARK: being there

    private func store() throws(NATSError) -> NATSKeyValue {
        guard let store = state.withLock({ $0.store }) else {
            throw NATSError(.notConnected, "the key-value bucket is not open")
        }
        return store
    }

    /// Opens the bucket and listens to what is written to it.
    private func keepOpen() async {
        while !Task.isCancelled {
            do throws(NATSError) {
                try await open()
                for try await change in try await store().revisions() {
                    switch change {
                    case .restarted: state.withLock { $0.generation += 1 }
                    case .changed(let key, let revision):
                        for documents in state.withLock({ $0.documents }) {
                            documents.heard(of: key, revision: revision)
                        }
                    }
                }
            } catch {
                report(error)
            }
            // What is written from here on is not told.
            state.withLock { $0.generation += 1 }
            try? await time.sleep(until: time.now + .seconds(1))
        }
    }

    /// Makes the bucket where it is not there.
    private func open() async throws(NATSError) {
        let store = try await connection.keyValue(options)
        let isNews = state.withLock { state in
            state.store = store
            return state.availability.opened()
        }
        if isNews { isBack() }
        release()
    }

    /// While the bucket is away: tries it, at first with one document.
    private func keepTrying() async {
        var delay = Duration.seconds(1)
        while !Task.isCancelled {
            try? await time.sleep(until: time.now + delay)
            guard state.withLock({ $0.availability.isAway }) else {
                delay = .seconds(1)
                continue
            }
            delay = min(delay * 2, .seconds(5))
            do throws(NATSError) {
                try await open()
                _ = try await get("probe")
                let documents = state.withLock { $0.documents }
                if documents.contains(where: \.isDirty) {
                    for documents in documents where documents.isDirty { documents.writeAll(atMost: 1) }
                } else if state.withLock({ $0.availability.hasNothingToWrite() }) {
                    isBack()
                }
            } catch {
                report(error)
            }
        }
    }

    private func isBack() {
        onEvent(.available(bucket: options.bucket))
        writeAll()
    }

    private func writeAll() { for documents in state.withLock({ $0.documents }) { documents.writeAll(atMost: .max) } }

    private func report(_ error: NATSError) {
        switch error.code {
        // Says nothing of the bucket.
        case .wrongRevision, .tooLarge, .invalidKey, .cancelled, .closed: return
        default: break
        }
        // JetStream answered, and refuses: it is full, or cannot write.
        let refusesOnly = error.code == .library
        let (isNews, documents) = state.withLock { state in
            (state.availability.failed(refusesOnly: refusesOnly), state.documents)
        }
        release()
        for documents in documents { documents.stopWaiting() }
        guard isNews else { return }
        onEvent(
            error.code == .noJetStream
                ? .memoryOnly(reason: error.description) : .unavailable(reason: error.description))
    }

    private func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
