internal import FoundationEssentials

extension NATSConnection {
    /// Opens a work queue; makes its stream and its consumer if they are not there.
    /// - Throws: ``NATSError/Code/noJetStream``, ``NATSError/Code/badOptions``, ``NATSError/Code/timeout`` (also without a
    ///   server), ``NATSError/Code/cancelled``, ``NATSError/Code/closed``, ``NATSError/Code/notConnected``,
    ///   ``NATSError/Code/noResponders`` (a cluster that is not ready), ``NATSError/Code/library`` (also where another
    ///   stream has one of the subjects).
    package func workQueue(_ options: NATSWorkQueueOptions) async throws(NATSError) -> NATSWorkQueue {
        let isName = { (name: String) in NATSSubject.isValid(name) && !name.utf8.contains(UInt8(ascii: ".")) }
        guard isName(options.stream), isName(options.consumer), !options.subjects.isEmpty, options.maxOutstanding >= 1,
            1...5 ~= options.replicas, options.ackWait > .zero
        else { throw NATSError(.badOptions, "not a work queue that can be made") }
        let inbox = NATSSubject.newInbox(prefix: self.options.inboxPrefix)
        let queue = NATSWorkQueue(JetStreamAPI(self), options, try subscribe(inbox))
        try await queue.open()
        return queue
    }
}

extension NATSWorkQueue {
    /// Makes sure that the stream and the consumer are there.
    func open() async throws(NATSError) {
        let deadline = JetStreamAPI.Deadline.now + options.timeout
        try await openStream(deadline)
        try await openConsumer(deadline)
    }

    private func openStream(_ deadline: JetStreamAPI.Deadline) async throws(NATSError) {
        switch try await ask("STREAM.INFO.", JetStream.NoQuestion(), deadline) {
        case .success(let stream): return try await setSubjects(of: stream, deadline)
        case .failure(let failure) where failure.isStreamNotFound: break
        case .failure(let failure): throw Self.error(failure)
        }
        let stream = JetStream.WorkStream(
            name: options.stream, subjects: options.subjects, maxBytes: options.maxBytes ?? -1,
            maxAge: options.maxAge?.nanoseconds ?? 0, replicas: options.replicas)
        guard case .failure(let failure) = try await ask("STREAM.CREATE.", stream, deadline) else { return }
        // Another instance, with other options, was faster.
        guard failure.isStreamNameInUse,
            case .success(let stream) = try await ask(
                "STREAM.INFO.", JetStream.NoQuestion(), deadline)
        else { throw Self.error(failure) }
        try await setSubjects(of: stream, deadline)
    }

    private func setSubjects(
        of stream: JetStream.Information, _ deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) {
        let present = stream.config["subjects"]?.strings ?? []
        let kept = present.filter { !options.withoutSubjects.contains($0) }
        let subjects = kept + options.subjects.filter { !kept.contains($0) }
        guard subjects != present else { return }
        var configuration = stream.config
        configuration["subjects"] = .array(subjects.map { .string($0) })
        _ = try await ask("STREAM.UPDATE.", configuration, deadline).mapError(Self.error).get()
    }

    private func openConsumer(_ deadline: JetStreamAPI.Deadline) async throws(NATSError) {
        let question = JetStream.CreateWorkConsumer(
            stream: options.stream,
            config: .init(
                durable: options.consumer, ackWait: options.ackWait.nanoseconds, maxAckPending: options.maxAckPending))
        var answer = try await ask("CONSUMER.DURABLE.CREATE.", question, deadline, of: options.consumer)
        if case .failure = answer {
            // One that somebody has made otherwise will do.
            let present = try await ask("CONSUMER.INFO.", JetStream.NoQuestion(), deadline, of: options.consumer)
            if case .success = present { answer = present }
        }
        let consumer = try answer.mapError(Self.error).get()
        if case .integer(let wait)? = consumer.config["ack_wait"], wait > 0 { set(ackWait: .nanoseconds(wait)) }
    }

    private func ask(
        _ name: String, _ question: some Encodable, _ deadline: JetStreamAPI.Deadline, of consumer: String? = nil
    ) async throws(NATSError) -> Result<JetStream.Information, JetStream.Failure> {
        try await api.ask(
            name + options.stream + (consumer.map { "." + $0 } ?? ""), question, for: JetStream.Information.self,
            deadline: deadline)
    }

    private static func error(_ failure: JetStream.Failure) -> NATSError {
        // Somebody deletes it in this moment: the next try makes it.
        if failure.isStreamNotFound { return NATSError(.noResponders, "the stream of a work queue is gone") }
        return NATSError(failure, "cannot open a work queue")
    }
}
