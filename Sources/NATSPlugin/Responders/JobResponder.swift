import BusProtocol
import LLMService
import Synchronization

/// Takes the answer to a job, which is kept before it is sent.
final class JobResponder: BusResponder {
    let request: RequestContext
    let observer: RequestObserver
    private let ownership: Ownership
    private let outbox: Outbox
    private let delivery: JobDelivery
    private let worker: JobWorker

    init(
        _ request: RequestContext, _ delivery: JobDelivery, _ worker: JobWorker, _ observer: RequestObserver,
        _ cluster: Cluster, _ outbox: Outbox
    ) {
        (self.request, self.delivery, self.worker) = (request, delivery, worker)
        (self.observer, self.outbox) = (observer, outbox)
        ownership = Ownership(cluster)
    }

    /// Now is the time to make it ours: what waits can still be another instance's.
    func mayBegin() async -> Bool {
        guard await ownership.mayBegin(request) else {
            delivery.letGo()
            end()
            return false
        }
        let isToRun = await worker.claim(delivery)
        if !isToRun { end() }
        return isToRun
    }

    func passOn() -> Bool {
        guard ownership.passOn(request) else { return false }
        delivery.letGo()
        return true
    }

    func finish(_ outcome: Result<Answer, LLMError>) {
        switch outcome {
        case .success(let answer): complete(.answer(answer))
        case .failure(let error):
            if error.code != .shuttingDown || !passOn() { fail(error) }
        }
    }

    var turnID: String? { delivery.turnID }

    /// A job may begin more than once, and then its pieces would too.
    var takesDeltas: Bool { false }

    func delta(_ text: String) {}

    func refusal(of answer: Answer) -> LLMError? {
        outbox.refusal(of: answer, to: request.reply, leaving: JobRecord.maxLineBytes)
    }

    func send(_ result: OperationResult) -> LLMError? {
        delivery.take(.answer(outbox.encode(result, to: request)))
        return nil
    }

    func send(_ error: LLMError, text: String) { delivery.take(.failure(error, text: text)) }

    func sendRejection(_ error: LLMError) { delivery.take(.rejection(error)) }

    /// Before the next of its channel, whose answer would else be out first. In a task of its own: that of a request that was
    /// stopped is cancelled.
    func settle() async {
        await Task { [delivery] in await delivery.conclude() }.value
        end()
    }
}
