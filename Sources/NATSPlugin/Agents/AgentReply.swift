import BusProtocol
import LLMService
import NATSClient
import Synchronization

/// The stream that answers one prompt (protocol, section 6): an acknowledgement, pieces, perhaps an error, an empty message.
///
/// It sends under its lock, so that nothing comes after the end.
final class AgentReply: Sendable {
    private struct State {
        var hasText = false
        var isOver = false
    }

    private let subject: String
    private let outbox: Outbox
    private let state = Mutex(State())

    init(to subject: String, outbox: Outbox) {
        self.subject = subject
        self.outbox = outbox
    }

    /// The prompt is taken.
    func acknowledge() { chunk("status", "ack") }

    /// Something is still done about it. The protocol has one `ack` a stream; of another status callers take note, and no
    /// more.
    func keepAlive() { chunk("status", "working") }

    /// A piece of the answer. Returns how many messages it took.
    func send(_ text: String) -> Int {
        state.withLock { state in
            if state.isOver || text.isEmpty { return 0 }
            state.hasText = true
            return publish(text)
        }
    }

    /// The answer is whole.
    ///
    /// - Parameter content: all of it, for where no pieces were sent.
    func finish(_ content: String) {
        state.withLock { state in
            if state.isOver { return }
            if !state.hasText { _ = publish(content) }
            end(&state)
        }
    }

    /// There is no answer, or no more of it.
    func fail(_ error: LLMError) {
        let text = ServiceTexts.failure(error, through: .agent)
        state.withLock { state in
            if state.isOver { return }
            outbox.publish(
                error.agentBody(text: text), to: subject, headers: LLMFailure.headers(text, status: error.agentStatus))
            end(&state)
        }
    }

    private func end(_ state: inout State) {
        state.isOver = true
        outbox.publish([], to: subject, headers: [])
    }

    private func chunk(_ type: String, _ data: String) {
        state.withLock { state in
            if !state.isOver { outbox.publish(AgentChunk.encode(type, data), to: subject, headers: []) }
        }
    }

    private func publish(_ text: String) -> Int {
        // The frame of a chunk takes less than that.
        let parts = DeltaParts.parts(text, bytes: max(64, outbox.connection.maxPayload - 64))
        for part in parts { outbox.publish(AgentChunk.encode("response", String(part)), to: subject, headers: []) }
        return parts.count
    }
}
