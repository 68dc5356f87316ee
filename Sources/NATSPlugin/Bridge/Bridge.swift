import JSON
import LLMService
import NATSClient
import ServiceRuntime
import Synchronization

/// Takes part in the bot's own bus: hears the lines of its rooms, asks the service as a plugin would, and says the answers.
///
/// What is said waits in a line of its own, of a bounded length, and goes out at the pace that rooms allow.
final class Bridge: Sendable {
    /// Lines that wait to be said; what comes beyond is lost, and counted.
    private static let bufferLimit = 200
    /// How long lines are still said once nothing more comes.
    private static let lastWords = Duration.seconds(2)

    private struct State {
        var memory = BridgeMemory()
        var questions = BridgeQuestions()
        /// Nothing new is asked.
        var isLast = false
    }

    private let settings: BridgeSettings
    private let outbox: Outbox
    private let time: any TimeSource
    private let patience: Duration
    private let ears: [(subscription: NATSSubscription, isOfPlatform: Bool)]
    /// Where answers come. (A reply subject would not do: where JetStream keeps what is typed, it is lost.)
    private let inbox: NATSSubscription
    private let state = Mutex(State())
    private let lines = AsyncStream.makeStream(of: RoomEvent.self, bufferingPolicy: .bufferingOldest(bufferLimit))
    /// Ends when it is to end.
    private let ending = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(0))
    /// Ends when all that was asked is answered.
    private let answered = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(0))

    /// Subscribes; nil where the settings want no bridge. Messages wait until ``run()``.
    ///
    /// - Parameter patience: how long an answer may take.
    init?(
        _ settings: BridgeSettings?, on connection: NATSConnection, outbox: Outbox, patience: Duration,
        time: any TimeSource
    ) throws(NATSError) {
        guard let settings else { return nil }
        self.settings = settings
        self.outbox = outbox
        self.patience = patience
        self.time = time
        inbox = try connection.subscribe(NATSSubject.newInbox())
        let platform = ["rosey.platform.*.chatMsg", "rosey.platform.*.message"]
        ears = try (platform + [RoomEvent.subject]).map { subject throws(NATSError) in
            let group = Subjects.queueGroup
            return (try connection.subscribe(subject, queueGroup: group), subject != RoomEvent.subject)
        }
    }

    /// Messages that were lost because they came too fast.
    var dropped: Int { ears.reduce(inbox.dropped) { $0 + $1.subscription.dropped } }

    /// Answers until it is drained and what was asked is answered, or its time is over.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.speak() }
            await converse()
            lines.continuation.finish()
            group.addTask { try? await self.time.sleep(until: self.time.now + Self.lastWords) }
            await group.next()
            group.cancelAll()
        }
        await inbox.drain()
    }

    /// Takes nothing new.
    func drain() async {
        await withDiscardingTaskGroup { group in
            for (subscription, _) in ears { group.addTask { await subscription.drain() } }
        }
        ending.continuation.finish()
    }

    private func converse() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.hear()
                for await _ in self.answered.stream {}
            }
            group.addTask { for await message in self.inbox { self.answer(message) } }
            group.addTask {
                for await _ in self.ending.stream {}
                try? await self.time.sleep(until: self.time.now + self.settings.grace)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func hear() async {
        await withDiscardingTaskGroup { group in
            for (subscription, isOfPlatform) in ears {
                group.addTask { for await message in subscription { self.ask(message, isOfPlatform) } }
            }
        }
        let isAnswered = state.withLock { state in
            state.isLast = true
            return state.questions.isEmpty
        }
        if isAnswered { answered.continuation.finish() }
    }

    // MARK: one line

    private func ask(_ message: NATSMessage, _ isOfPlatform: Bool) {
        guard let object = JSONValue.parse(message.payload)?.object,
            let line = RoomLine(object, isOfPlatform: isOfPlatform, settings)
        else { return }
        let id = RequestID.make()
        let now = time.now
        let isNew = state.withLock { state in
            guard state.memory.isNew(line, now: now) else { return false }
            state.questions.ask(id, line, until: now + patience, now: now)
            return true
        }
        guard isNew else { return }
        let (subject, payload) = request(line, id)
        if !outbox.publish(payload, to: subject, headers: []) { _ = state.withLock { $0.questions.answer(id) } }
    }

    private func request(_ line: RoomLine, _ id: String) -> (subject: String, payload: [UInt8]) {
        let payload = JSONWriter.object { writer in
            writer.field("channel_id", line.channel)
            if let user = line.user { writer.field("username", user) }
            writer.field("request_id", id)
            writer.field("reply_to", inbox.subject)
            switch line.address {
            case .command(let words):
                writer.field("command", "chat")
                writer.field("args", words)
            case .mention(let words):
                writer.field("action", "chat")
                writer.field("message", words)
            }
        }
        return switch line.address {
        case .command: (Subjects.command, payload)
        case .mention: (Subjects.request, payload)
        }
    }

    private func answer(_ message: NATSMessage) {
        guard let reply = JSONValue.parse(message.payload)?.object, let id = reply["request_id"]?.string,
            let text = reply["content"]?.string ?? reply["error"]?.string
        else { return }
        let (line, isAnswered) = state.withLock { state in
            let line = state.questions.answer(id)
            return (line, state.isLast && state.questions.isEmpty)
        }
        if let line { say(text, to: line) }
        if isAnswered { answered.continuation.finish() }
    }

    private func say(_ text: String, to line: RoomLine) {
        for part in RoomText.parts(text, length: settings.length) ?? [text] {
            let event = RoomEvent(text: part, channel: line.channel, correlation: line.correlation)
            guard case .dropped = lines.continuation.yield(event) else { continue }
            outbox.counters.unsent.add()
            if let heldBack = outbox.throttle.admit("bridge") {
                outbox.log.warning(
                    "More is to be said in the room than it takes; the rest is lost", [.heldBack: String(heldBack)])
            }
        }
    }

    private func speak() async {
        for await line in lines.stream {
            state.withLock { $0.memory.say(line.text, now: time.now) }
            outbox.publish(line.bytes(at: time.timestamp), to: RoomEvent.subject, headers: [])
            guard (try? await time.sleep(until: time.now + settings.pause)) != nil else { return }
        }
    }
}
