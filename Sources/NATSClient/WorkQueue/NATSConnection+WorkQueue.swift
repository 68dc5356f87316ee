internal import Concurrency
internal import JSON

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
        let inbox = newInbox()
        let queue = NATSWorkQueue(JetStreamAPI(self), options, try subscribe(inbox))
        try await queue.open()
        return queue
    }

    /// Has a message of a work queue delivered again that another instance was given, where no queue is there to adopt it.
    /// - Parameters:
    ///   - message: as the other instance got it, its reply subject above all.
    ///   - delay: not before that.
    package func giveBack(_ message: NATSMessage, after delay: Duration) {
        guard let reply = message.reply, JetStreamDelivery(reply) != nil else { return }
        JetStreamAPI(self).tell(reply, JetStreamDelivery.negativeAcknowledgement(delay))
    }

    /// Has a stream take in some subjects no longer, if it is there and has them; its last one is left to it.
    /// - Throws: as ``workQueue(_:)`` does.
    package func withdraw(
        _ subjects: [String], from stream: String, timeout: Duration = .seconds(2)
    ) async throws(NATSError) {
        let api = JetStreamAPI(self)
        let deadline = JetStreamAPI.Deadline.now + timeout
        var configuration: StreamConfiguration
        switch try await api.configuration("STREAM.INFO." + stream, deadline: deadline) {
        case .success(let found): configuration = found
        case .failure(let failure) where failure.isStreamNotFound: return
        case .failure(let failure): throw NATSError(failure, "cannot look at a stream")
        }
        let kept = configuration.subjects.filter { !subjects.contains($0) }
        guard kept != configuration.subjects, !kept.isEmpty else { return }
        configuration.subjects = kept
        _ = try await api.configuration("STREAM.UPDATE." + stream, configuration.question, deadline: deadline)
            .mapError { NATSError($0, "cannot change a stream") }.get()
    }
}

extension NATSWorkQueue {
    /// Makes sure that the stream and the consumer are there.
    func open() async throws(NATSError) {
        let deadline = JetStreamAPI.Deadline.now + options.timeout
        try await openStream(deadline)
        if !options.changesPresent, try await hasConsumer(deadline) { return }
        try await openConsumer(deadline)
    }

    private func hasConsumer(_ deadline: JetStreamAPI.Deadline) async throws(NATSError) -> Bool {
        let name = "CONSUMER.INFO.\(options.stream).\(options.consumer)"
        if case .success = try await api.configuration(name, deadline: deadline) { return true }
        return false
    }

    private func openStream(_ deadline: JetStreamAPI.Deadline) async throws(NATSError) {
        switch try await api.configuration("STREAM.INFO." + options.stream, deadline: deadline) {
        case .success(let stream):
            if options.changesPresent { try await setSubjects(of: stream, deadline) }
            return
        case .failure(let failure) where failure.isStreamNotFound: break
        case .failure(let failure): throw Self.error(failure)
        }
        let made = try await api.configuration("STREAM.CREATE." + options.stream, newStream, deadline: deadline)
        guard case .failure(let failure) = made else { return }
        // Another instance, with other options, was faster.
        guard failure.isStreamNameInUse,
            case .success(let stream) = try await api.configuration("STREAM.INFO." + options.stream, deadline: deadline)
        else { throw Self.error(failure) }
        try await setSubjects(of: stream, deadline)
    }

    private func setSubjects(
        of stream: StreamConfiguration, _ deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) {
        let kept = stream.subjects.filter { !options.withoutSubjects.contains($0) }
        var changed = stream
        changed.subjects = kept + options.subjects.filter { !kept.contains($0) }
        guard changed.subjects != stream.subjects else { return }
        _ = try await api.configuration("STREAM.UPDATE." + options.stream, changed.question, deadline: deadline)
            .mapError(Self.error).get()
    }

    private func openConsumer(_ deadline: JetStreamAPI.Deadline) async throws(NATSError) {
        let name = "\(options.stream).\(options.consumer)"
        var answer = try await api.configuration("CONSUMER.DURABLE.CREATE." + name, newConsumer, deadline: deadline)
        if case .failure = answer {
            // One that somebody has made otherwise will do.
            let present = try await api.configuration("CONSUMER.INFO." + name, deadline: deadline)
            if case .success = present { answer = present }
        }
        let consumer = try answer.mapError(Self.error).get()
        if case .integer(let wait)? = consumer.fields["ack_wait"], wait > 0 { set(ackWait: .nanoseconds(wait)) }
    }

    /// The stream: a message leaves it when it is acknowledged. Where it is full, who sends is told so.
    private var newStream: [UInt8] {
        JSONWriter.object { writer in
            writer.field("name", options.stream)
            writer.field("subjects") { $0.strings(options.subjects) }
            writer.field("retention", "workqueue")
            writer.field("discard", "new")
            writer.field("storage", "file")
            writer.field("max_bytes", options.maxBytes ?? -1)
            // 0: for ever.
            writer.field("max_age", options.maxAge?.nanoseconds ?? 0)
            writer.field("num_replicas", options.replicas)
        }
    }

    /// The consumer, which stays, and from which all instances pull.
    private var newConsumer: [UInt8] {
        JSONWriter.object { writer in
            writer.field("stream_name", options.stream)
            writer.object("config") { writer in
                writer.field("durable_name", options.consumer)
                writer.field("deliver_policy", "all")
                writer.field("ack_policy", "explicit")
                writer.field("replay_policy", "instant")
                writer.field("max_deliver", -1)
                writer.field("ack_wait", options.ackWait.nanoseconds)
                writer.field("max_ack_pending", options.maxAckPending)
            }
        }
    }

    private static func error(_ failure: JetStream.Failure) -> NATSError {
        // Somebody deletes it in this moment: the next try makes it.
        if failure.isStreamNotFound { return NATSError(.noResponders, "the stream of a work queue is gone") }
        return NATSError(failure, "cannot open a work queue")
    }
}

/// How a stream or a consumer is set up: given back as it came, but for what is changed in it.
struct StreamConfiguration {
    var fields: [String: JSONValue]

    var subjects: [String] {
        get { if case .array(let items)? = fields["subjects"] { items.compactMap(\.string) } else { [] } }
        set { fields["subjects"] = .array(newValue.map { .string($0) }) }
    }

    /// The same as a question to the API.
    var question: [UInt8] {
        var writer = JSONWriter()
        writer.value(.object(fields))
        return writer.bytes
    }
}

extension JetStreamAPI {
    /// Asks for, makes or changes a stream or a consumer; the API answers with its configuration.
    /// - Throws: what came in between; ``NATSError/Code/noJetStream`` if nobody is there to answer.
    func configuration(
        _ name: String, _ question: [UInt8] = Array("{}".utf8), deadline: Deadline
    ) async throws(NATSError) -> Result<StreamConfiguration, JetStream.Failure> {
        let reply: NATSMessage
        do throws(NATSError) {
            reply = try await exchange(question, with: "$JS.API." + name, deadline: deadline)
        } catch {
            throw error.code == .noResponders ? .jetStreamMissing : error
        }
        let answer = JSONValue.parse(reply.payload)?.object
        if let failure = answer?["error"]?.object, case .integer(let code)? = failure["code"] {
            var errorCode: Int?
            if case .integer(let number)? = failure["err_code"] { errorCode = number }
            return .failure(
                JetStream.Failure(code: code, errorCode: errorCode, description: failure["description"]?.string))
        }
        guard let fields = answer?["config"]?.object else {
            throw NATSError(.library, "JetStream's answer cannot be read")
        }
        return .success(StreamConfiguration(fields: fields))
    }
}
