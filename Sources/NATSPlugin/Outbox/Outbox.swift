import BusProtocol
import JSON
import LLMService
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
    func send(response bytes: [UInt8], to context: RequestContext) -> RecentRequests.Sent {
        if let error = refusal(bytes.count) {
            meters.fail(error, context)
            return send(error, to: context)
        }
        if publish(bytes, on: Subjects.response, to: context) { counters.answered.add() }
        meters.answer(context)
        return RecentRequests.Sent(bytes: bytes)
    }

    /// Why an answer cannot be sent, if it cannot.
    func refusal(of answer: Answer, to context: RequestContext, roomLength: Int?) -> LLMError? {
        let rest = context.job == nil ? 0 : JobRecord.maxLineBytes
        let limit = connection.maxPayload - rest
        let size =
            context.call.map { $0.size(of: answer, above: limit) }
            ?? LLMResponse.size(of: answer, to: context.reply, roomLength: roomLength, above: limit)
        return size.flatMap { refusal($0, leaving: rest) }
    }

    /// Why so many bytes cannot be sent, if they cannot: the server takes only so much.
    ///
    /// - Parameter rest: the bytes that are to go with them.
    func refusal(_ count: Int, leaving rest: Int = 0) -> LLMError? {
        let limit = connection.maxPayload - rest
        if count <= limit { return nil }
        return LLMError(
            .answerTooLarge, "the answer is too large to be sent: \(count) bytes, where the server takes \(limit)")
    }

    /// A failure.
    @discardableResult
    func send(_ error: LLMError, text: String? = nil, to context: RequestContext) -> RecentRequests.Sent {
        let sent = message(error, text: text ?? error.message, to: context)
        if publish(sent.bytes, on: Subjects.error, to: context, headers: sent.headers) { counters.failed.add() }
        return sent
    }

    /// A failure as it would be sent. The channel is echoed as it came, unless it is so large that the server would not take
    /// it.
    func message(_ error: LLMError, text: String, to context: RequestContext) -> RecentRequests.Sent {
        let headers = LLMFailure.headers(error.message, status: error.code.status)
        if let call = context.call {
            let bytes = call.encode(error, text: text, requestID: context.reply.requestID)
            return RecentRequests.Sent(bytes: bytes, headers: headers)
        }
        var bytes = LLMFailure.encode(error, text: text, to: context.reply)
        if bytes.count + Self.maxHeaderBytes > connection.maxPayload {
            var reply = context.reply
            reply.channelID = .string("")
            bytes = LLMFailure.encode(error, text: text, to: reply)
        }
        return RecentRequests.Sent(bytes: bytes, headers: headers)
    }

    /// More than a failure's headers come to; they count as payload.
    private static var maxHeaderBytes: Int { 2048 }

    /// What was kept of a job.
    func send(_ result: JobResult, to context: RequestContext) {
        let headers = result.headers.map { (name: $0[0], value: $0[1]) }
        let subject = result.isError ? Subjects.error : Subjects.response
        guard publish(result.bytes, on: subject, to: context, headers: headers) else { return }
        (result.isError ? counters.failed : counters.answered).add()
    }

    /// A piece of an answer, cut where the server takes only smaller ones. Returns how many messages it took.
    func send(delta text: String, number: Int, to context: ReplyContext) -> Int {
        let bytes = LLMDelta.encode(text, number: number, to: context)
        let limit = connection.maxPayload
        if bytes.count <= limit {
            publish(delta: bytes, to: context)
            return 1
        }
        let frame = LLMDelta.encode("", number: .max, to: context).count
        let parts = DeltaParts.parts(text, bytes: max(64, limit - frame))
        for (index, part) in parts.enumerated() {
            publish(delta: LLMDelta.encode(String(part), number: number + index, to: context), to: context)
        }
        return parts.count
    }

    private func publish(delta bytes: [UInt8], to context: ReplyContext) {
        publish(bytes, to: Subjects.delta, headers: [])
        context.forEachReplySubject { publish(bytes, to: $0, headers: []) }
    }

    /// What was sent before for the same request, to this sender alone.
    func send(again sent: RecentRequests.Sent, to context: ReplyContext) {
        context.forEachReplySubject { publish(sent.bytes, to: $0, headers: sent.headers) }
        end(context)
    }

    /// Returns whether the bus's own subject has it; of a call, whether who called has.
    private func publish(
        _ bytes: [UInt8], on subject: String, to context: RequestContext,
        headers: [(name: String, value: String)] = []
    ) -> Bool {
        let isCall = context.call != nil
        let isSent = !isCall && publish(bytes, to: subject, headers: [])
        var isReplied = false
        context.reply.forEachReplySubject { reply in
            if publish(bytes, to: reply, headers: headers) { isReplied = true }
        }
        end(context.reply)
        return isCall ? isReplied : isSent
    }

    /// The empty message after which nothing more comes.
    private func end(_ context: ReplyContext) {
        if context.isStreamed { context.forEachReplySubject { publish([], to: $0, headers: []) } }
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

    /// A failure of a provider's, or of ours, for the log.
    func note(_ error: LLMError, requestID: String) {
        guard error.isProviderFailure || error.code == .internal, let heldBack = throttle.admit(error.code.name) else {
            return
        }
        log.warning(
            "A request failed",
            [
                .code: error.code.name, .reason: error.message, .provider: error.provider ?? "",
                .requestID: requestID, .heldBack: String(heldBack),
            ])
        // A provider may repeat in its error what was said in the room: for whoever asked for all details only.
        log.debug("What was seen of the failure", [.requestID: requestID, .detail: error.detail])
    }

    /// Calls what says that somebody is there, once the server knows what is listened on, and then every so often, until
    /// it is cancelled.
    func beat(every interval: Duration, time: any TimeSource, _ say: () -> Void) async {
        while !Task.isCancelled {
            let isThere = (try? await connection.flush(timeout: .seconds(5))) != nil
            if isThere { say() }
            // Whoever connects anew is to be heard of soon.
            let pause = isThere ? interval : min(interval, .seconds(1))
            guard (try? await time.sleep(until: time.now + pause)) != nil else { return }
        }
    }
}
