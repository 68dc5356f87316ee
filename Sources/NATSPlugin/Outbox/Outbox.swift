import JSON
import LLMService
import LanguageModels
import NATSClient
import ServiceRuntime

/// Sends what goes out: to the bus's own subject and, byte for byte, to whoever waits for a reply.
struct Outbox: Sendable {
    let connection: NATSConnection
    let log: Log
    let counters: Counters
    let throttle: LogThrottle
    let meters: Meters

    /// A final answer. Returns what was sent: another thing where the answer is larger than the server takes.
    func send(response bytes: [UInt8], to echo: Echo) -> RecentRequests.Sent {
        if let error = refusal(bytes) {
            meters.fail(error, echo)
            return send(error, to: echo)
        }
        if publish(bytes, on: Subjects.response, to: echo) { counters.answered.add() }
        meters.answer(echo)
        return RecentRequests.Sent(bytes: bytes)
    }

    /// Why an answer cannot be sent, if it cannot.
    func refusal(of answer: Answer, to echo: Echo, roomLength: Int?) -> LLMError? {
        // Written as JSON, a byte may become six, and the parts say everything once more.
        let calls = answer.toolCalls.reduce(0) { $0 + $1.arguments.utf8.count + $1.name.utf8.count + 128 }
        if (answer.content.utf8.count + calls) * 12 + 16_384 <= connection.maxPayload { return nil }
        return refusal(
            AnswerMessage.response(answer, to: echo, roomLength: roomLength),
            leaving: echo.job == nil ? 0 : JobRecord.maxLineBytes)
    }

    /// Why these bytes cannot be sent, if they cannot: the server takes only so much.
    ///
    /// - Parameter rest: the bytes that are to go with them.
    func refusal(_ bytes: [UInt8], leaving rest: Int = 0) -> LLMError? {
        let limit = connection.maxPayload - rest
        if bytes.count <= limit { return nil }
        let size = "\(bytes.count) bytes, where the server takes \(limit)"
        return LLMError(.answerTooLarge, "the answer is too large to be sent: \(size)")
    }

    /// A failure.
    @discardableResult
    func send(_ error: LLMError, text: String? = nil, to echo: Echo) -> RecentRequests.Sent {
        let sent = message(error, text: text ?? error.message, to: echo)
        if publish(sent.bytes, on: Subjects.error, to: echo, headers: sent.headers) { counters.failed.add() }
        return sent
    }

    /// A failure as it would be sent.
    func message(_ error: LLMError, text: String, to echo: Echo) -> RecentRequests.Sent {
        RecentRequests.Sent(bytes: failure(error, text, echo), headers: Self.headers(error))
    }

    /// What was kept of a job.
    func send(_ result: JobResult, to echo: Echo) {
        let headers = result.headers.map { (name: $0[0], value: $0[1]) }
        let subject = result.isError ? Subjects.error : Subjects.response
        guard publish(result.bytes, on: subject, to: echo, headers: headers) else { return }
        (result.isError ? counters.failed : counters.answered).add()
    }

    /// The channel is echoed as it came, unless it is so large that the server would not take it.
    private func failure(_ error: LLMError, _ text: String, _ echo: Echo) -> [UInt8] {
        let bytes = AnswerMessage.failure(error, text: text, to: echo)
        if bytes.count + Self.maxHeaderBytes <= connection.maxPayload { return bytes }
        var echo = echo
        echo.channelID = .string("")
        return AnswerMessage.failure(error, text: text, to: echo)
    }

    /// More than ``headers(_:)`` come to; they count as payload.
    private static var maxHeaderBytes: Int { 2048 }

    /// A piece of an answer, cut where the server takes only smaller ones. Returns how many messages it took.
    func send(delta text: String, number: Int, to echo: Echo) -> Int {
        let bytes = AnswerMessage.delta(text, number: number, to: echo)
        let limit = connection.maxPayload
        if bytes.count <= limit {
            publish(delta: bytes, to: echo)
            return 1
        }
        let frame = AnswerMessage.delta("", number: .max, to: echo).count
        let parts = DeltaParts.parts(text, bytes: max(64, limit - frame))
        for (index, part) in parts.enumerated() {
            publish(delta: AnswerMessage.delta(String(part), number: number + index, to: echo), to: echo)
        }
        return parts.count
    }

    private func publish(delta bytes: [UInt8], to echo: Echo) {
        for subject in [Subjects.delta] + echo.replies { publish(bytes, to: subject, headers: []) }
    }

    /// What was sent before for the same request, to this sender alone.
    func send(again sent: RecentRequests.Sent, to echo: Echo) {
        for reply in echo.replies { publish(sent.bytes, to: reply, headers: sent.headers) }
        end(echo)
    }

    /// Returns whether the bus's own subject has it; of a call, whether who called has.
    private func publish(
        _ bytes: [UInt8], on subject: String, to echo: Echo, headers: [(name: String, value: String)] = []
    ) -> Bool {
        let isCall = echo.call != nil
        let isSent = !isCall && publish(bytes, to: subject, headers: [])
        var isReplied = false
        for reply in echo.replies where publish(bytes, to: reply, headers: headers) { isReplied = true }
        end(echo)
        return isCall ? isReplied : isSent
    }

    /// The empty message after which nothing more comes.
    private func end(_ echo: Echo) {
        guard echo.isStreamed else { return }
        for reply in echo.replies { publish([], to: reply, headers: []) }
    }

    /// Any message. Returns whether the connection took it.
    @discardableResult
    func publish(_ bytes: [UInt8], to subject: String, headers: [(name: String, value: String)]) -> Bool {
        do throws(NATSError) {
            try connection.publish(bytes, to: subject, headers: headers)
            return true
        } catch {
            counters.unsent.add()
            if let heldBack = throttle.admit("unsent") {
                log.error(
                    "An answer could not be sent",
                    [.subject: subject, .reason: error.description, .heldBack: String(heldBack)])
            }
            return false
        }
    }

    /// As the micro-service protocol of NATS has them (ADR-32).
    static func headers(_ error: LLMError) -> [(name: String, value: String)] {
        headers(error.message, status: error.code.status)
    }

    static func headers(_ text: String, status: Int) -> [(name: String, value: String)] {
        let scalars = text.unicodeScalars.prefix(256).map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control || scalar.properties.isWhitespace ? " " : scalar
        }
        let text = String(String.UnicodeScalarView(scalars))
        return [("Nats-Service-Error", text), ("Nats-Service-Error-Code", String(status))]
    }
}
