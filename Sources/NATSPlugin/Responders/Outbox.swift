import BusProtocol
import JSON
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

/// Sends what goes out, and knows what was sent lately to requests that may come again.
final class Outbox: Sendable {
    let connection: NATSConnection
    let metrics: PluginMetrics
    let log: Log
    let throttle: LogThrottle
    private let time: any TimeSource
    private let streams: DeltaGatherer
    private let recent = Mutex(RecentRequests())
    /// The longest message a room takes, in UTF-16 units; nil: answers are not cut.
    private let roomLength: Int?
    let version: String
    let instance: String

    init(
        _ connection: NATSConnection, _ settings: PluginSettings, metrics: PluginMetrics, log: Log,
        throttle: LogThrottle, time: any TimeSource
    ) {
        (self.connection, self.metrics, self.log) = (connection, metrics, log)
        (self.throttle, self.time) = (throttle, time)
        (roomLength, version, instance) = (settings.chat.maxMessageLength, settings.version, settings.instance)
        streams = DeltaGatherer(
            interval: settings.chat.deltaInterval, time: time, isOpen: { connection.isConnected })
    }

    /// The largest payload that the server takes, in bytes.
    var maxPayload: Int { connection.maxPayload }

    /// Returns the stream of an answer's pieces; it must be finished.
    func openStream(to reply: ReplyContext) -> DeltaStream {
        streams.open { self.send(delta: $0, number: $1, to: reply) }
    }

    /// Returns the stream of an answer's pieces, each sent by `send`; it must be finished.
    func openStream(send: @escaping DeltaStream.Sender) -> DeltaStream { streams.open(send: send) }

    // MARK: payloads

    /// Returns the payload of what came of a request.
    func encode(_ result: OperationResult, to request: RequestContext) -> [UInt8] {
        if case .answer(let answer) = result {
            return LLMResponse.encode(answer, to: request.reply, roomLength: roomLength)
        }
        let (text, details) = ServiceTexts.text(of: result, to: request.door, version: version, instance: instance)
        return LLMResponse.encode(text, details, to: request.reply, roomLength: roomLength)
    }

    /// Returns a failure as it is sent. The channel is echoed as it came, unless it is so large that the server would not take
    /// it.
    func failure(_ error: LLMError, text: String, to reply: ReplyContext) -> Sent {
        var bytes = LLMFailure.encode(error, text: text, to: reply)
        if bytes.count + Self.maxHeaderBytes > maxPayload {
            var reply = reply
            reply.channelID = .string("")
            bytes = LLMFailure.encode(error, text: text, to: reply)
        }
        return Sent(bytes: bytes, headers: LLMFailure.headers(error.message, status: error.code.status))
    }

    /// More than a failure's headers come to; they count as payload.
    private static var maxHeaderBytes: Int { 2048 }

    /// Returns why an answer cannot be sent, if it cannot.
    ///
    /// - Parameter rest: the bytes that are to go with it.
    func refusal(of answer: Answer, to reply: ReplyContext, leaving rest: Int = 0) -> LLMError? {
        LLMResponse.size(of: answer, to: reply, roomLength: roomLength, above: maxPayload - rest)
            .flatMap { refusal($0, leaving: rest) }
    }

    /// Returns why so many bytes cannot be sent, if they cannot: the server takes only so much.
    ///
    /// - Parameter rest: the bytes that are to go with them.
    func refusal(_ count: Int, leaving rest: Int = 0) -> LLMError? {
        let limit = maxPayload - rest
        if count <= limit { return nil }
        return LLMError(
            .answerTooLarge, "the answer is too large to be sent: \(count) bytes, where the server takes \(limit)")
    }

    // MARK: the same request again

    /// Returns whether a request is to be run. If it is the same as an earlier one, its sender gets what that one got, and
    /// nobody else hears of it again.
    ///
    /// - Parameters:
    ///   - run: has the request done after all; see ``RecentRequests/Waiting``.
    ///   - refuse: returns a failure that is this sender's alone: the request itself is answered, or will be.
    func admit(_ reply: ReplyContext, run: (@Sendable () -> Void)?, refuse: (LLMError) -> Sent) -> Bool {
        guard let identity = reply.identity else { return true }
        switch recent.withLock({ $0.admit(identity, .init(reply: reply, run: run), now: time.now) }) {
        case .run: return true
        case .joined: break
        case .answered(let sent?): send(again: sent, to: reply)
        case .answered(nil):
            let text = "request_id: this id was answered before, less than two minutes ago"
            send(again: refuse(LLMError(.invalidRequest, text)), to: reply)
        case .crowded:
            let text = "too many wait for the same request; please try again in a moment"
            send(again: refuse(LLMError(.busy, text)), to: reply)
        }
        return false
    }

    /// A request is answered by another instance: here it is as if it had not come. Returns who else waits for it.
    func forget(_ reply: ReplyContext) -> [RecentRequests.Waiting] {
        guard let identity = reply.identity else { return [] }
        return recent.withLock { $0.finish(identity, Sent(bytes: []), again: true, now: time.now) }
    }

    /// Sends the end of a request, also to those that sent the same request meanwhile.
    ///
    /// - Parameter again: whether the same request is to run if it comes again, because it failed in a way that may pass.
    func send(_ sent: Sent, on subject: String?, to reply: ReplyContext, again: Bool = false) {
        publish(sent, on: subject, to: reply)
        guard let identity = reply.identity else { return }
        let others = recent.withLock { $0.finish(identity, sent, again: again, now: time.now) }
        for other in others { send(again: sent, to: other.reply) }
    }

    /// Sends to this sender alone what was sent before for the same request.
    func send(again sent: Sent, to reply: ReplyContext) {
        reply.forEachReplySubject { publish(sent.bytes, to: $0, headers: sent.headers) }
        end(reply)
    }

    // MARK: publishing

    /// Publishes the end of a request.
    ///
    /// - Parameter subject: the bus's own; nil where nobody hears of it but who waits for a reply.
    func publish(_ sent: Sent, on subject: String?, to reply: ReplyContext) {
        var isSent = subject.map { publish(sent.bytes, to: $0, headers: []) } ?? false
        reply.forEachReplySubject { reply in
            if publish(sent.bytes, to: reply, headers: sent.headers), subject == nil { isSent = true }
        }
        end(reply)
        if isSent { (sent.headers.isEmpty ? metrics.answered : metrics.failed).add() }
    }

    /// Publishes the empty message after which nothing more comes.
    private func end(_ reply: ReplyContext) {
        if reply.isStreamed { reply.forEachReplySubject { publish([], to: $0, headers: []) } }
    }

    /// Sends a piece of an answer, cut where the server takes only smaller ones. Returns how many messages it took.
    private func send(delta text: String, number: Int, to reply: ReplyContext) -> Int {
        let bytes = LLMDelta.encode(text, number: number, to: reply)
        if bytes.count <= maxPayload {
            publish(delta: bytes, to: reply)
            return 1
        }
        let frame = LLMDelta.encode("", number: .max, to: reply).count
        let parts = DeltaParts.parts(text, bytes: max(64, maxPayload - frame))
        for (index, part) in parts.enumerated() {
            publish(delta: LLMDelta.encode(String(part), number: number + index, to: reply), to: reply)
        }
        return parts.count
    }

    private func publish(delta bytes: [UInt8], to reply: ReplyContext) {
        publish(bytes, to: Subjects.delta, headers: [])
        reply.forEachReplySubject { publish(bytes, to: $0, headers: []) }
    }

    /// Publishes any message. Returns whether the connection took it.
    @discardableResult
    func publish(_ bytes: [UInt8], to subject: String, headers: [(name: String, value: String)]) -> Bool {
        do throws(NATSError) {
            try connection.publish(bytes, to: subject, headers: headers)
            return true
        } catch {
            metrics.unsent.add()
            if let heldBack = throttle.admit("unsent") {
                log.error(
                    "An answer could not be sent",
                    [.subject: subject, .reason: error.description, .heldBack: String(heldBack)])
            }
            return false
        }
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

/// What was sent for a request.
struct Sent: Sendable {
    var bytes: [UInt8]
    /// What went with it to those who waited for a reply; a failure has some.
    var headers: [(name: String, value: String)] = []
}
