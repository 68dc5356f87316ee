internal import FoundationEssentials

/// Requests to JetStream, over the requests of a connection.
///
/// The C library's own key-value calls are not used: each blocks a thread until the server answers, and they do not say
/// which error it was.
struct JetStreamAPI: Sendable {
    typealias Deadline = ContinuousClock.Instant

    let connection: NATSConnection

    init(_ connection: NATSConnection) { self.connection = connection }

    /// Asks the API.
    /// - Returns: its answer, or its refusal.
    /// - Throws: what came in between; ``NATSError/Code/noJetStream`` if nobody is there to answer.
    func ask<Answer: Decodable>(
        _ name: String, _ question: some Encodable, for _: Answer.Type, deadline: Deadline
    ) async throws(NATSError) -> Result<Answer, JetStream.Failure> {
        do throws(NATSError) {
            return try await send(encode(question), to: "$JS.API." + name, for: Answer.self, deadline: deadline)
        } catch {
            throw error.code == .noResponders ? .jetStreamMissing : error
        }
    }

    /// Sends to any subject whose answer is JetStream's.
    /// - Throws: ``NATSError/Code/noResponders``, ``NATSError/Code/timeout``, and what a publish throws.
    func send<Answer: Decodable>(
        _ payload: [UInt8], to subject: String, headers: [(name: String, value: String)] = [], for _: Answer.Type,
        deadline: Deadline
    ) async throws(NATSError) -> Result<Answer, JetStream.Failure> {
        try Self.read(
            await exchange(payload, with: subject, headers: headers, deadline: deadline), as: Answer.self)
    }

    /// Reads an answer.
    static func read<Answer: Decodable>(
        _ reply: NATSMessage, as _: Answer.Type
    ) throws(NATSError) -> Result<Answer, JetStream.Failure> {
        do {
            return try JSONDecoder().decode(JetStream.Reply<Answer>.self, from: Data(reply.payload)).result
        } catch {
            throw NATSError(.library, "JetStream's answer cannot be read", detail: "\(error)")
        }
    }

    /// Sends to any subject, and gives the answer as it comes.
    /// - Throws: ``NATSError/Code/noResponders``, ``NATSError/Code/timeout``, and what a publish throws.
    func exchange(
        _ payload: [UInt8], with subject: String, headers: [(name: String, value: String)] = [], deadline: Deadline
    ) async throws(NATSError) -> NATSMessage {
        try connection.requests.attach(to: connection)
        return try await connection.requests.request(deadline: deadline) { reply throws(NATSError) in
            try publish(payload, to: subject, reply: reply, headers: headers)
        }
    }

    /// The same without a task: has a handler called with the answer, or with what came instead of it.
    func exchange(
        _ payload: [UInt8], with subject: String, headers: [(name: String, value: String)], deadline: Deadline,
        onReply: @escaping @Sendable (Result<NATSMessage, NATSError>) -> Void
    ) {
        do throws(NATSError) {
            try connection.requests.attach(to: connection)
        } catch {
            return onReply(.failure(error))
        }
        connection.requests.request(deadline: deadline) { reply throws(NATSError) in
            try publish(payload, to: subject, reply: reply, headers: headers)
        } onReply: {
            onReply($0)
        }
    }

    private func publish(
        _ payload: [UInt8], to subject: String, reply: String, headers: [(name: String, value: String)]
    ) throws(NATSError) {
        // The server counts the headers too, and closes the connection of who sends more than it takes.
        let size = headers.reduce(payload.count + 16) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard size <= connection.maxPayload else { throw .valueTooLarge(payload.count) }
        try connection.publish(payload, to: subject, reply: reply, headers: headers)
    }

    /// Publishes without an answer, and without saying whether it worked.
    func tell(_ subject: String, _ payload: [UInt8] = [], reply: String? = nil) {
        try? connection.publish(payload, to: subject, reply: reply)
    }

    private func encode(_ question: some Encodable) throws(NATSError) -> [UInt8] {
        do {
            return try Array(JSONEncoder().encode(question))
        } catch {
            throw NATSError(.library, "a question to JetStream cannot be written", detail: "\(error)")
        }
    }
}

extension NATSError {
    /// What JetStream's refusal means. The numbers are of nats-server's `errors.json`.
    /// - Parameter doing: what was tried, as in "cannot write a key".
    init(_ failure: JetStream.Failure, _ doing: String) {
        let detail = "\(failure.description ?? "") (\(failure.errorCode ?? failure.code))"
        switch failure.errorCode {
        case 10071, 10164: self.init(.wrongRevision, "\(doing): the key has changed", detail: detail)
        case 10039, 10076: self.init(.noJetStream, NATSError.jetStreamMissing.message, detail: detail)
        case 10059: self.init(.noBucket, "\(doing): the key-value bucket is gone", detail: detail)
        case 10002, 10023, 10027, 10028, 10047, 10122:
            self.init(.noSpace, "\(doing): JetStream is full: \(detail)", detail: detail)
        // Whatever kept the message from being stored.
        case 10077 where failure.description?.contains("exceeded") == true:
            self.init(.noSpace, "\(doing): it is full: \(detail)", detail: detail)
        case 10054: self.init(.tooLarge, "\(doing): larger than the key-value bucket takes", detail: detail)
        case 10005:
            self.init(.noResponders, "\(doing): the cluster has too few servers ready for its replicas", detail: detail)
        case 10008, 10009, 10118:
            self.init(.noResponders, "\(doing): JetStream is not ready", detail: detail)
        default: self.init(.library, "\(doing): \(detail)", detail: detail)
        }
    }

    static let jetStreamMissing = NATSError(
        .noJetStream, "JetStream is not enabled on the NATS server, or not for this account")

    static func valueTooLarge(_ count: Int) -> NATSError {
        NATSError(.tooLarge, "a payload of \(count) bytes is larger than the NATS server takes")
    }
}
