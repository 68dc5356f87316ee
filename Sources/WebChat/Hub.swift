import GatewayCore
import BusProtocol
import FoundationEssentials
import JSON
import ServiceRuntime
import Synchronization

/// Passes what happens in channels on to the pages that are open on them.
final class Hub: Sendable {
    /// What stands behind the pages.
    struct Status: Equatable {
        /// Whether NATS is connected, and a service answers there.
        var hasBus = true
        var hasService = true

        fileprivate var event: Data {
            ServerSentEvent("status") { writer in
                writer.field("bus", hasBus)
                writer.field("service", hasService)
            }.bytes
        }
    }

    private struct State {
        var rooms: RoomTable
        var status = Status()
        var isClosed = false
        /// When the last page was closed.
        var lastSeen: ContinuousClock.Instant
    }

    private let state: Mutex<State>
    private let time: any TimeSource

    init(time: any TimeSource) {
        self.time = time
        let epoch = String(UInt64.random(in: .min ... .max), radix: 36)
        state = Mutex(State(rooms: RoomTable(epoch: epoch), lastSeen: time.now))
    }

    /// A page that is open; it is gone when its last holder lets go.
    final class Visit: Sendable {
        let queue: EventQueue
        private let hub: Hub
        private let channel: String
        private let number: Int

        fileprivate init(_ hub: Hub, _ channel: String, _ number: Int, _ queue: EventQueue) {
            (self.hub, self.channel, self.number, self.queue) = (hub, channel, number, queue)
        }

        deinit { hub.leave(channel, number) }
    }

    /// A page opens on a channel.
    ///
    /// - Parameters:
    ///   - seen: the last event that it saw.
    ///   - session: the number of the sign-in that lets it in; nil where none is needed.
    /// - Throws: where there are too many.
    func visit(_ channel: String, since seen: String?, session: Int?) throws(APIError) -> Visit {
        do throws(RoomTable.Refusal) {
            let (number, queue) = try state.withLock { state throws(RoomTable.Refusal) in
                let (number, queue) = try state.rooms.join(
                    channel, since: seen, session: session, status: state.status.event)
                if state.isClosed { queue.close() }
                return (number, queue)
            }
            return Visit(self, channel, number, queue)
        } catch {
            let message =
                switch error {
                case .isFull: "Too many pages are open here; please try again later."
                case .hasShare: "Too many pages are open with this sign-in; close one of them first."
                }
            throw APIError(503, message, code: "busy", headers: [("Retry-After", "10")])
        }
    }

    private func leave(_ channel: String, _ number: Int) {
        state.withLock { state in
            state.rooms.leave(channel, number)
            state.lastSeen = time.now
        }
    }

    /// Whether a page is open, or was within that time.
    func isWatched(within time: Duration) -> Bool {
        let now = self.time.now
        return state.withLock { !$0.isClosed && ($0.rooms.browserCount > 0 || $0.lastSeen + time > now) }
    }

    /// Somebody said something: also before the bus says so, which is then no news.
    func ask(_ question: OverheardQuestion) {
        let now = time.timestamp.milliseconds
        tell(question.channel) { $0.ask(question, at: now) }
    }

    /// Something in a channel was answered, or is being answered.
    func take(_ reply: LLMReply, of channel: String) {
        let now = time.timestamp.milliseconds
        tell(channel) { room in
            switch reply {
            case .delta(let delta): room.piece(delta.content, of: delta.requestID)
            case .response(let response): room.answer(response, at: now)
            case .failure(let failure): room.fail(failure, at: now)
            }
        }
    }

    /// Changes a channel, and tells those who look at it. The lock is held while it is put on their way, so that all of
    /// them, and those who come, hear everything once and in the same order.
    private func tell(_ channel: String, _ change: (inout Room) -> Data?) {
        state.withLock { state in
            guard let (bytes, queues) = state.rooms.change(channel, change) else { return }
            state.rooms.put(bytes, to: queues)
        }
    }

    /// What stands behind the pages is different now, or the same.
    func tell(_ status: Status) {
        state.withLock { state in
            guard state.status != status else { return }
            state.status = status
            state.rooms.put(status.event, to: state.rooms.queues)
        }
    }

    /// Sends a sign of life.
    func keepAlive() {
        state.withLock { $0.rooms.put(ServerSentEvent.keepAlive, to: $0.rooms.queues) }
    }

    /// Sends the pages of these sign-ins away: they are over.
    func end(_ sessions: Set<Int>) { state.withLock { $0.rooms.end(sessions) } }

    /// Sends every page away: there will be nothing more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            for queue in state.rooms.queues { queue.close() }
        }
    }
}
