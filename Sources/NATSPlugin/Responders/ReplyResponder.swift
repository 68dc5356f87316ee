import BusProtocol
import Conversations
import LLMService

/// Answers whoever waits for a reply. What a room or a plugin has sent as a message is answered on the bus's own subjects too,
/// byte for byte; a call on `rosey.llm.*` only to whoever called.
final class ReplyResponder: BusResponder {
    let request: RequestContext
    let observer: RequestObserver
    private let ownership: Ownership
    private let outbox: Outbox
    /// The form of the answer to a call; nil for a message.
    private let call: CallReply?
    /// The pieces of the answer on their way out; nil where only the whole answer is wanted.
    private let stream: DeltaStream?

    /// - Parameter call: the form of the answer to a call; nil for a message.
    init(
        _ request: RequestContext, _ call: CallReply?, _ observer: RequestObserver, _ cluster: Cluster,
        _ outbox: Outbox
    ) {
        (self.request, self.call, self.observer, self.outbox) = (request, call, observer, outbox)
        ownership = Ownership(cluster)
        stream = call == nil && request.reply.isStreamed ? outbox.openStream(to: request.reply) : nil
    }

    var takesDeltas: Bool { stream != nil }

    func mayBegin() async -> Bool { await mayBegin(ownership, letGo: letGo) }

    func begin() -> Bool {
        let isHere = ownership.begin(request)
        if !isHere { letGo() }
        return isHere
    }

    var isUndecided: Bool { ownership.isUndecided(request) }

    func decided() async { await ownership.decided(request) }

    func passOn() -> Bool { passOn(ownership, letGo: letGo) }

    /// Nothing of it is told here. What was handed to this instance again meanwhile is done now; others who sent the same request
    /// may send it again.
    private func letGo() {
        stream?.finish()
        let error = LLMError(.busy, "another instance works on the request; please try again in a moment")
        for other in outbox.forget(request.reply) {
            if let run = other.run { run() } else { outbox.send(again: failure(error, error.message), to: other.reply) }
        }
    }

    func finish(_ outcome: Result<Answer, LLMError>) { finish(outcome, ownership, letGo: letGo) }

    func drop() {
        end()
        ownership.ended(request)
    }

    func requestLeft() {
        ownership.ended(request)
        observer.left()
    }

    func delta(_ text: String) { stream?.take(text) }

    func isNew() -> Bool {
        outbox.admit(request.reply, run: ownership.run(request)) { error in
            observer.failed(request, error)
            return failure(error, error.message)
        }
    }

    func refusal(of answer: Answer) -> LLMError? {
        if let error = ownership.refusal(of: request) {
            if ownership.isElsewhere { letGo() }
            return error
        }
        guard let call else { return outbox.refusal(of: answer, to: request.reply) }
        return call.size(of: answer, above: outbox.maxPayload).flatMap { outbox.refusal($0) }
    }

    func send(_ result: OperationResult) -> LLMError? {
        stream?.finish()
        let bytes = call.map { encode(result, $0) } ?? outbox.encode(result, to: request)
        if let error = outbox.refusal(bytes.count) {
            send(error, text: error.message)
            return error
        }
        outbox.send(Sent(bytes: bytes), on: call == nil ? Subjects.response : nil, to: request.reply)
        return nil
    }

    func send(_ error: LLMError, text: String) {
        stream?.finish()
        outbox.send(failure(error, text), on: subjectOfErrors, to: request.reply, again: error.code.isRetryable)
    }

    func sendRejection(_ error: LLMError) {
        outbox.publish(failure(error, error.message), on: subjectOfErrors, to: request.reply)
    }

    private var subjectOfErrors: String? { call == nil ? Subjects.error : nil }

    private func failure(_ error: LLMError, _ text: String) -> Sent {
        guard let call else { return outbox.failure(error, text: text, to: request.reply) }
        return Sent(
            bytes: call.encode(error, text: text, requestID: request.reply.requestID),
            headers: LLMFailure.headers(error.message, status: error.code.status))
    }

    private func encode(_ result: OperationResult, _ call: CallReply) -> [UInt8] {
        switch result {
        case .answer(let answer): call.encode(answer)
        case .personas(let names, let current, let model):
            call.encode(persona: current, available: names, model: model)
        case .persona(let persona, let names): call.encode(persona: persona, available: names)
        case .models(let models): call.encode(models)
        case .remembered(let memory), .forgot(let memory): call.encode([memory], id: memory.id)
        case .recalled(let memories, _): call.encode(memories, id: nil)
        case .usage(let report): call.encode(report)
        case .status(let status, let instances):
            call.encode(status, version: outbox.version, instance: outbox.instance, instances)
        case .reset, .stopped, .channelModels, .model, .help: preconditionFailure("there is no such call")
        }
    }
}
