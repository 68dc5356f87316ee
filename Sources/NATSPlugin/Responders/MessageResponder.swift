import BusProtocol
import LLMService

/// Answers a message of a room or a plugin: on the bus's own subjects and, byte for byte, to whoever waits for a reply
/// (wire contract, section 4).
final class MessageResponder: BusResponder {
    let request: RequestContext
    let observer: RequestObserver
    private let outbox: Outbox
    /// The pieces of the answer on their way out; nil where only the whole answer is wanted.
    private let stream: DeltaStream?

    init(_ request: RequestContext, _ observer: RequestObserver, _ outbox: Outbox) {
        (self.request, self.observer, self.outbox) = (request, observer, outbox)
        stream = request.reply.isStreamed ? outbox.openStream(to: request.reply) : nil
    }

    var takesDeltas: Bool { stream != nil }

    func delta(_ text: String) { stream?.take(text) }

    func isNew() -> Bool {
        outbox.admit(request.reply) { error in
            observer.failed(request, error)
            return outbox.failure(error, text: error.message, to: request.reply)
        }
    }

    func refusal(of answer: Answer) -> LLMError? {
        outbox.refusal(of: answer, to: request.reply)
    }

    func send(_ result: OperationResult) -> LLMError? {
        stream?.finish()
        let bytes = outbox.encode(result, to: request)
        if let error = outbox.refusal(bytes.count) {
            send(error, text: error.message)
            return error
        }
        outbox.send(Sent(bytes: bytes), on: Subjects.response, to: request.reply)
        return nil
    }

    func send(_ error: LLMError, text: String) {
        stream?.finish()
        let sent = outbox.failure(error, text: text, to: request.reply)
        outbox.send(sent, on: Subjects.error, to: request.reply, again: error.code.isRetryable)
    }

    func sendRejection(_ error: LLMError) {
        outbox.publish(
            outbox.failure(error, text: error.message, to: request.reply), on: Subjects.error, to: request.reply)
    }
}
