import GatewayCore
import BusProtocol
import Concurrency
import JSON
import NATSClient
import ServiceRuntime
import Synchronization

/// Listens to the bus while pages are open.
///
/// Questions are listened to only while a service is there that takes them: whoever asks where nobody answers is told so
/// by the NATS server, at once, as long as nobody listens.
final class Watch: Sendable {
    /// How long after the last page was closed: somebody who loads a page again is not to be a stranger.
    private static let patience = Duration.seconds(30)
    private static let period = Duration.seconds(2)
    /// Of periods: a page hears of us at least so often.
    private static let keepAlive = 7

    private enum State {
        case idle(WaitSlot<Void>?)
        case listening([NATSSubscription])
    }

    private let connection: NATSConnection
    private let bus: ServiceBus
    private let hub: Hub
    private let time: any TimeSource
    private let state = Mutex(State.idle(nil))

    init(_ connection: NATSConnection, _ bus: ServiceBus, _ hub: Hub, time: any TimeSource) {
        self.connection = connection
        self.bus = bus
        self.hub = hub
        self.time = time
    }

    /// Sees to it that the answers to whatever is asked from now on, by this gateway, are heard.
    func begin() throws(APIError) {
        do throws(NATSError) {
            let waiter = try state.withLock { state throws(NATSError) -> WaitSlot<Void>? in
                guard case .idle(let waiter) = state else { return nil }
                var answers: [NATSSubscription] = []
                for subject in [Subjects.delta, Subjects.response, Subjects.error] {
                    answers.append(try connection.subscribe(subject))
                }
                state = .listening(answers)
                return waiter
            }
            waiter?.resume()
        } catch {
            throw ServiceFailure.error(error)
        }
    }

    /// Passes on what the bus says, whenever there is somebody to pass it on to. Until it is cancelled.
    func run() async {
        while let answers = await begun() {
            await withDiscardingTaskGroup { group in
                for subscription in answers { group.addTask { await self.pass(subscription) } }
                await watch()
                state.withLock { $0 = .idle(nil) }
                // Whoever has come in between has found us listening.
                if hub.isWatched(within: .zero) { try? begin() }
                // Those who cancel us close the connection next.
                if Task.isCancelled { return group.cancelAll() }
                for subscription in answers { await subscription.drain() }
            }
        }
    }

    /// What is listened to, as soon as there is a page; nil: cancelled.
    private func begun() async -> [NATSSubscription]? {
        while !Task.isCancelled {
            let slot = WaitSlot<Void>()
            let answers = state.withLock { state -> [NATSSubscription]? in
                if case .listening(let answers) = state { return answers }
                state = .idle(slot)
                return nil
            }
            if let answers { return answers }
            _ = await slot.wait()
        }
        return nil
    }

    private func pass(_ subscription: NATSSubscription) async {
        for await message in subscription {
            // What is larger has pictures in it, and is no chat that one could read.
            guard message.payload.count <= 1 << 20 else { continue }
            switch Endpoint(subject: message.subject) {
            case .request: ask(message, LLMRequest.overheard)
            case .command: ask(message, ChatCommand.overheard)
            default:
                guard let reply = LLMReply.decode(message.payload), let channel = reply.channel else { continue }
                if Self.concernsChannel(reply) { hub.take(reply, of: channel) }
            }
        }
    }

    private func ask(_ message: NATSMessage, _ read: ([String: JSONValue]) -> OverheardQuestion?) {
        if let question = JSONValue.parse(message.payload)?.object.flatMap(read) { hub.ask(question) }
    }

    /// Turns, and what was done to the channel; not what a plugin looked up for itself.
    private static func concernsChannel(_ reply: LLMReply) -> Bool {
        guard case .response(let response) = reply else { return true }
        return switch response.action {
        case "chat", "reset", "remember", "forget": true
        case "persona": response.personas == nil
        default: false
        }
    }

    /// Looks again and again whether the service is there, and listens to questions while it is, until no page is open.
    private func watch() async {
        var periods = 0
        while await isToGoOn(&periods) {
            let presence = await bus.presence(timeout: Self.period)
            tell(presence)
            guard presence == .there, let questions = questions() else { continue }
            await withDiscardingTaskGroup { group in
                for subscription in questions { group.addTask { await self.pass(subscription) } }
                await watch(&periods)
                if Task.isCancelled { return group.cancelAll() }
                for subscription in questions { await subscription.drain() }
            }
            // At once: the pages are to hear of it after nobody listens any more.
            periods = 0
        }
    }

    /// Looks again and again, until the service is gone for sure, or no page is open.
    private func watch(_ periods: inout Int) async {
        while await isToGoOn(&periods) {
            let presence = await bus.presence(timeout: Self.period)
            if presence == .absent { return }
            tell(presence)
        }
    }

    private func questions() -> [NATSSubscription]? {
        // Without NATS there is nothing to listen to; it is tried again.
        try? [Subjects.command, Subjects.request].flatMap { [$0, $0 + ".>"] }.map { try connection.subscribe($0) }
    }

    /// Waits, but for the first time. False: no page is open, or it is all over.
    private func isToGoOn(_ periods: inout Int) async -> Bool {
        if periods > 0 {
            guard (try? await time.sleep(until: time.now + Self.period)) != nil else { return false }
            if periods.isMultiple(of: Self.keepAlive) { hub.keepAlive() }
        }
        periods += 1
        return hub.isWatched(within: Self.patience)
    }

    /// Tells the pages. A service that does not answer in time is thought to be busy.
    private func tell(_ presence: ServiceBus.Presence) {
        hub.tell(Hub.Status(hasBus: presence != .disconnected, hasService: presence != .absent))
    }
}
