import BusProtocol
import Conversations
import LLMService

/// Answers a call on `rosey.llm.*`: to whoever called, and to nobody else (wire contract, section 6).
final class CallResponder: BusResponder {
    let request: RequestContext
    let observer: RequestObserver
    private let outbox: Outbox
    private let call: CallReply

    init(_ request: RequestContext, _ call: CallReply, _ observer: RequestObserver, _ outbox: Outbox) {
        (self.request, self.call, self.observer, self.outbox) = (request, call, observer, outbox)
    }

    var takesDeltas: Bool { false }

    func delta(_ text: String) {}

    func isNew() -> Bool {
        outbox.admit(request.reply) { error in
            observer.failed(request, error)
            return failure(error, error.message)
        }
    }

    func refusal(of answer: Answer) -> LLMError? {
        call.size(of: answer, above: outbox.maxPayload).flatMap { outbox.refusal($0) }
    }

    func send(_ result: OperationResult) -> LLMError? {
        let bytes = encode(result)
        if let error = outbox.refusal(bytes.count) {
            send(error, text: error.message)
            return error
        }
        outbox.send(Sent(bytes: bytes), on: nil, to: request.reply)
        return nil
    }

    func send(_ error: LLMError, text: String) {
        outbox.send(failure(error, text), on: nil, to: request.reply, again: error.code.isRetryable)
    }

    func sendRejection(_ error: LLMError) {
        outbox.publish(failure(error, error.message), on: nil, to: request.reply)
    }

    private func failure(_ error: LLMError, _ text: String) -> Sent {
        Sent(
            bytes: call.encode(error, text: text, requestID: request.reply.requestID),
            headers: LLMFailure.headers(error.message, status: error.code.status))
    }

    private func encode(_ result: OperationResult) -> [UInt8] {
        switch result {
        case .answer(let answer): call.encode(answer)
        case .personas(let names, let current, let model):
            call.encode(persona: current, available: names, model: model)
        case .persona(let persona, let names): call.encode(persona: persona, available: names)
        case .models(let models): call.encode(models)
        case .remembered(let memory), .forgot(let memory): call.encode([memory], id: memory.id)
        case .recalled(let memories, _): call.encode(memories, id: nil)
        case .usage(let report): call.encode(report)
        case .status(let status): call.encode(status, version: outbox.version, instance: outbox.instance)
        case .reset, .stopped, .channelModels, .model, .help: preconditionFailure("there is no such call")
        }
    }
}
