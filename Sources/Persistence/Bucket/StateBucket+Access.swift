import Concurrency
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

extension StateBucket {
    // MARK: reading and writing

    /// Reads a document; see ``StateStore/get(_:log:)``.
    func get(
        _ key: String, log start: ((NATSKeyValue.Entry) -> UInt64)?
    ) async throws(NATSError) -> StateStore.Stored {
        let (store, before) = try store()
        do throws(NATSError) {
            let stored = try await store.get(key, log: start)
            state.withLock { $0.availability.didRead() }
            return stored
        } catch {
            report(error) { $0.answers > before.answers }
            throw error
        }
    }

    /// Writes a record that has this revision; 0: that is not there. Who has taken note of it says so: ``didWrite()``.
    func put(_ key: String, _ bytes: [UInt8], revision: UInt64) async throws(NATSError) -> UInt64 {
        try await write { store throws(NATSError) in
            revision == 0
                ? try await store.records.create(key, bytes)
                : try await store.records.update(key, bytes, revision: revision)
        }
    }

    /// Adds an entry to a log whose last one has this revision; 0: that is not there. Who has taken note of it says so.
    func append(_ key: String, _ bytes: [UInt8], after revision: UInt64) async throws(NATSError) -> UInt64 {
        try await write { store throws(NATSError) in try await store.logs.append(key, bytes, after: revision) }
    }

    /// The same without a task. Returns whether that is possible: then `onEnd` is called once with what came of it.
    func append(
        _ key: String, _ bytes: [UInt8], after revision: UInt64,
        onEnd: @escaping @Sendable (Result<UInt64, NATSError>) -> Void
    ) -> Bool {
        let (store, before) = state.withLock { ($0.store, $0.availability) }
        guard let store, store.logs.appendsInOneRequest else { return false }
        store.logs.append(key, bytes, after: revision) { [self] result in
            if case .failure(let error) = result { report(error) { $0.writes > before.writes } }
            onEnd(result)
        }
        return true
    }

    private func write(
        _ body: (StateStore) async throws(NATSError) -> UInt64
    ) async throws(NATSError) -> UInt64 {
        let (store, before) = try store()
        do throws(NATSError) {
            return try await body(store)
        } catch {
            // That it can be read says nothing here.
            report(error) { $0.writes > before.writes }
            throw error
        }
    }

    /// Something was written.
    func didWrite() { perform(state.withLock { $0.availability.didWrite() }) }

    /// A write took longer than anybody waits.
    func wasSlow() { if state.withLock({ $0.availability.wasSlow() }) { emit(.slow) } }

    /// The bucket, and what was known of it when that was asked.
    private func store() throws(NATSError) -> (StateStore, Availability) {
        let (store, availability) = state.withLock { ($0.store, $0.availability) }
        guard let store else { throw Self.isDown }
        return (store, availability)
    }

    // MARK: being there

    /// Opens the bucket, and tries it once a second while it is away.
    func keepOpen() async {
        // What somebody has changed from outside: by `rosey-llm wipe` or `import`.
        let notices = try? connection.subscribe(StateNotice.subject(of: options.bucket)) { [weak self] message in
            guard let self, let name = StateNotice.name(message) else { return }
            for documents in state.withLock({ $0.documents }) { documents.forget(name) }
        }
        do throws(NATSError) {
            try await open()
        } catch {
            report(error)
        }
        while !Task.isCancelled {
            try? await time.sleep(until: time.now + .seconds(1))
            if state.withLock({ $0.availability.isAway }) { await tryAgain() }
        }
        await notices?.drain()
    }

    /// Reads something, and lets a few documents be written.
    func tryAgain() async {
        do throws(NATSError) {
            try await open()
            _ = try await get("probe", log: nil)
            let count = state.withLock({ $0.documents }).reduce(0) { $0 + $1.load.dirty }
            perform(state.withLock { $0.availability.canBeTried(unwritten: count) })
        } catch {
            report(error)
        }
    }

    /// Makes the bucket where it is not there.
    private func open() async throws(NATSError) {
        let before = state.withLock { $0.availability }
        // Otherwise every try would lie in the library's buffer, and be made when the server is back.
        if before.isAway, !(await connection.hasServer()) { throw Self.isDown }
        do throws(NATSError) {
            let store = try await StateStore(on: connection, options, entries: entries)
            let action = state.withLock { state in
                state.store = store
                state.maxRecordBytes = store.maxValueBytes
                state.openings += 1
                return state.availability.opened()
            }
            perform(action)
            isKnown.open()
        } catch {
            // Whatever it is, it is not open: nobody is to wait for it.
            if error.code != .cancelled { report(error, isSure: true) { $0.answers > before.answers } }
            throw error
        }
    }

    private func perform(_ action: Availability.Action) {
        switch action {
        case .nothing: break
        case .reportRecovery:
            emit(.available(bucket: options.bucket))
            writeAll()
        case .tryMore: writeAll(atMost: 2)
        }
    }

    /// Has all written that is not yet; or so many documents of each kind.
    func writeAll(atMost count: Int? = nil) {
        for documents in state.withLock({ $0.documents }) { documents.writeAll(atMost: count) }
    }

    /// Something failed.
    ///
    /// - Parameters:
    ///   - isSure: whether it means that the bucket cannot be used, whatever it is.
    ///   - wasAnswered: whether what was asked for later has been answered.
    private func report(
        _ error: NATSError, isSure: Bool = false, unless wasAnswered: (Availability) -> Bool = { _ in false }
    ) {
        switch error.code {
        // Says nothing of the bucket.
        case .wrongRevision, .tooLarge, .invalidKey, .cancelled, .closed: if !isSure { return }
        default: break
        }
        failures.add()
        let (isNews, documents) = state.withLock { state -> (Bool, [any StoredDocuments]) in
            if error.code == .timeout, wasAnswered(state.availability) { return (false, []) }
            // JetStream answered, and refuses: it is full, or cannot write.
            let refusesOnly = [.library, .noSpace].contains(error.code) && !isSure
            return (state.availability.failed(refusesOnly: refusesOnly), state.documents)
        }
        isKnown.open()
        for documents in documents { documents.stopWaiting() }
        guard isNews else { return }
        emit(
            error.code == .noJetStream
                ? .memoryOnly(reason: error.description) : .unavailable(reason: error.description))
    }
}
