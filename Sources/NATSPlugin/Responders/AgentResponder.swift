import BusProtocol
import LLMService
import NATSClient
import Observability
import Synchronization

/// The stream that answers one prompt (protocol, section 6): an acknowledgement, pieces, perhaps an error, an empty message.
///
/// It sends under its lock, so that nothing comes after the end.
final class AgentResponder: BusResponder {
    private struct State {
        var hasText = false
        var isOver = false
    }

    let request: RequestContext
    let observer: RequestObserver
    private let ownership: Ownership
    private let subject: String
    private let outbox: Outbox
    private let state = Mutex(State())
    private let stream = Mutex<DeltaStream?>(nil)

    init(
        _ request: RequestContext, to subject: String, _ observer: RequestObserver, _ cluster: Cluster, _ outbox: Outbox
    ) {
        (self.request, self.subject, self.observer, self.outbox) = (request, subject, observer, outbox)
        ownership = Ownership(cluster)
    }

    var takesDeltas: Bool { true }

    func mayBegin() async -> Bool { await mayBegin(ownership, letGo: letGo) }

    var isUndecided: Bool { ownership.isUndecided(request) }

    func decided() async { await ownership.decided(request) }

    func passOn() -> Bool { passOn(ownership, letGo: letGo) }

    /// Another instance goes on with the stream.
    private func letGo() {
        state.withLock { $0.isOver = true }
        stream.withLock { $0 }?.finish()
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

    func refusal(of answer: Answer) -> LLMError? {
        guard let error = ownership.refusal(of: request) else { return nil }
        if ownership.isElsewhere { letGo() }
        return error
    }

    func delta(_ text: String) {
        let stream = stream.withLock { stream in
            if let stream { return stream }
            let opened = outbox.openStream { [weak self] text, _ in self?.send(piece: text) ?? 0 }
            stream = opened
            return opened
        }
        stream.take(text)
    }

    func accept() { _ = chunk("status", "ack") }

    /// Says that something is still done about the prompt. The protocol has one `ack` a stream; of another status callers
    /// take note, and no more. Returns false after the end.
    func keepAlive() -> Bool { chunk("status", "working") }

    func send(_ result: OperationResult) -> LLMError? {
        guard case .answer(let answer) = result else { preconditionFailure("a prompt is answered by a model") }
        stream.withLock { $0 }?.finish()
        state.withLock { state in
            if state.isOver { return }
            if !state.hasText { _ = publish(answer.content) }
            end(&state)
        }
        outbox.metrics.answered.add()
        return nil
    }

    func send(_ error: LLMError, text: String) {
        stream.withLock { $0 }?.finish()
        state.withLock { state in
            if state.isOver { return }
            outbox.publish(
                error.agentBody(text: text), to: subject, headers: LLMFailure.headers(text, status: error.agentStatus))
            end(&state)
        }
        outbox.metrics.failed.add()
    }

    /// Sends a piece of the answer. Returns how many messages it took.
    private func send(piece text: String) -> Int {
        state.withLock { state in
            if state.isOver || text.isEmpty { return 0 }
            state.hasText = true
            return publish(text)
        }
    }

    private func end(_ state: inout State) {
        state.isOver = true
        outbox.publish([], to: subject, headers: [])
    }

    private func chunk(_ type: String, _ data: String) -> Bool {
        state.withLock { state in
            if !state.isOver { outbox.publish(AgentChunk.encode(type, data), to: subject, headers: []) }
            return !state.isOver
        }
    }

    private func publish(_ text: String) -> Int {
        // The frame of a chunk takes less than that.
        let parts = DeltaParts.parts(text, bytes: max(64, outbox.maxPayload - 64))
        for part in parts { outbox.publish(AgentChunk.encode("response", String(part)), to: subject, headers: []) }
        return parts.count
    }
}
