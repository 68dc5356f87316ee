internal import Concurrency
internal import JSON

extension NATSConnection {
    /// Opens a key-value bucket; makes it if it is not there. If somebody else makes it meanwhile, theirs is opened.
    /// - Throws: ``NATSError/Code/noJetStream``, ``NATSError/Code/invalidKey`` for a name that cannot be,
    ///   ``NATSError/Code/badOptions``, ``NATSError/Code/timeout`` (also without a server), ``NATSError/Code/cancelled``,
    ///   ``NATSError/Code/closed``, ``NATSError/Code/notConnected``, ``NATSError/Code/noResponders`` (a cluster that is
    ///   not ready), ``NATSError/Code/library``.
    package func keyValue(_ options: NATSKeyValueOptions) async throws(NATSError) -> NATSKeyValue {
        let names = try KeyValueNames(bucket: options.bucket)
        guard 1...100_000 ~= options.history, 1...5 ~= options.replicas else {
            throw NATSError(.badOptions, "a key-value bucket has 1 to 100 000 revisions and 1 to 5 replicas")
        }
        let deadline = JetStreamAPI.Deadline.now + options.timeout
        let api = JetStreamAPI(self)
        let stream = try await api.open(names, options, deadline)
        if options.changesPresent, let history = stream.config.history, history > 0, history < options.history {
            try await api.raiseHistory(of: names, to: options.history, deadline)
        }
        return NATSKeyValue(
            api, names, timeout: options.timeout, maxPayload: maxPayload,
            isReplicated: stream.config.replicas ?? 1 > 1)
    }
}

extension JetStreamAPI {
    /// Makes sure that the bucket is there.
    fileprivate func open(
        _ names: KeyValueNames, _ options: NATSKeyValueOptions, _ deadline: Deadline
    ) async throws(NATSError) -> JetStream.Stream {
        switch try await find(names, deadline) {
        case .success(let stream): return stream
        case .failure(let failure) where failure.isStreamNotFound: break
        case .failure(let failure): throw NATSError(failure, "cannot open a key-value bucket")
        }
        let made = try await ask(
            "STREAM.CREATE." + names.stream, configuration(names, options), for: JetStream.Stream.self,
            deadline: deadline)
        switch made {
        case .success(let stream): return stream
        case .failure(let failure):
            // Another instance was faster: at the same moment, or with other options. The server has several errors for that.
            if case .success(let stream) = try await find(names, deadline) { return stream }
            throw NATSError(failure, "cannot make a key-value bucket")
        }
    }

    /// Has a bucket keep more revisions of each key; the rest of its configuration stays.
    fileprivate func raiseHistory(
        of names: KeyValueNames, to history: Int, _ deadline: Deadline
    ) async throws(NATSError) {
        var configuration = try await configuration("STREAM.INFO." + names.stream, deadline: deadline)
            .mapError { NATSError($0, "cannot look at a key-value bucket") }.get()
        configuration.fields["max_msgs_per_subject"] = .integer(history)
        _ = try await self.configuration("STREAM.UPDATE." + names.stream, configuration.question, deadline: deadline)
            .mapError { NATSError($0, "cannot change a key-value bucket") }.get()
    }

    private func find(
        _ names: KeyValueNames, _ deadline: Deadline
    ) async throws(NATSError) -> Result<JetStream.Stream, JetStream.Failure> {
        try await ask(
            "STREAM.INFO." + names.stream, JetStream.NoQuestion(), for: JetStream.Stream.self, deadline: deadline)
    }

    private func configuration(
        _ names: KeyValueNames, _ options: NATSKeyValueOptions
    ) -> JetStream.StreamConfiguration {
        let age = Int64(options.timeToLive?.nanoseconds ?? 0)
        let window = Int64(Duration.seconds(120).nanoseconds)
        return JetStream.StreamConfiguration(
            name: names.stream, subjects: [names.pattern], history: options.history, maxBytes: options.maxBytes ?? -1,
            maxAge: age, storage: options.storage.rawValue, replicas: options.replicas,
            duplicateWindow: age == 0 ? window : min(age, window))
    }
}
