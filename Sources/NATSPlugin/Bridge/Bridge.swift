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

    private let settings: BridgeSettings
    private let outbox: Outbox
    private let time: any TimeSource
    private let patience: Duration
    private let subscriptions: [(NATSSubscription, isOfPlatform: Bool)]
    private let memory = Mutex(BridgeMemory())
    private let lines = AsyncStream.makeStream(of: RoomEvent.self, bufferingPolicy: .bufferingOldest(bufferLimit))
    /// Ends when nothing new is taken.
    private let taking = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(0))

    /// A line that was asked about.
    private struct Question {
        let line: RoomLine
        let replies: NATSReplies
    }

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
        let platform = ["rosey.platform.*.chatMsg", "rosey.platform.*.message"]
        subscriptions = try (platform + [RoomEvent.subject]).map { subject throws(NATSError) in
            let group = Subjects.queueGroup
            return (try connection.subscribe(subject, queueGroup: group), subject != RoomEvent.subject)
        }
    }

    /// Answers until the subscriptions are drained and what was asked is answered, or its time is over.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.speak() }
            await hear()
            lines.continuation.finish()
            group.addTask { try? await self.time.sleep(until: self.time.now + Self.lastWords) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Takes nothing new.
    func drain() async {
        await withDiscardingTaskGroup { group in
            for (subscription, _) in subscriptions { group.addTask { await subscription.drain() } }
        }
        taking.continuation.finish()
    }

    private func hear() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { ears in
                    for (subscription, isOfPlatform) in self.subscriptions {
                        ears.addTask { await self.consume(subscription, isOfPlatform) }
                    }
                }
            }
            group.addTask {
                for await _ in self.taking.stream {}
                try? await self.time.sleep(until: self.time.now + self.settings.grace)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func consume(_ subscription: NATSSubscription, _ isOfPlatform: Bool) async {
        await withDiscardingTaskGroup { group in
            for await message in subscription {
                if let question = ask(message, isOfPlatform) { group.addTask { await self.answer(question) } }
            }
        }
    }

    // MARK: one line

    /// Asks at once, so that questions keep their order.
    private func ask(_ message: NATSMessage, _ isOfPlatform: Bool) -> Question? {
        guard let object = JSONValue.parse(message.payload)?.object,
            let line = RoomLine(object, isOfPlatform: isOfPlatform, settings),
            memory.withLock({ $0.isNew(line, now: time.now) })
        else { return nil }
        let (subject, payload) = Self.request(line)
        do throws(NATSError) {
            let replies = try outbox.connection.requestMany(payload, to: subject, idleTimeout: patience)
            return Question(line: line, replies: replies)
        } catch {
            fail(error)
            return nil
        }
    }

    private static func request(_ line: RoomLine) -> (subject: String, payload: [UInt8]) {
        let subject: String
        let payload = JSONWriter.object { writer in
            writer.field("channel_id", line.channel)
            if let user = line.user { writer.field("username", user) }
            switch line.address {
            case .command(let words):
                writer.field("command", "chat")
                writer.field("args", words)
            case .mention(let words):
                writer.field("action", "chat")
                writer.field("message", words)
            }
        }
        switch line.address {
        case .command: subject = Subjects.command
        case .mention: subject = Subjects.request
        }
        return (subject, payload)
    }

    private func answer(_ question: Question) async {
        do throws(NATSError) {
            for try await message in question.replies {
                // Where messages are kept as jobs, the first reply is that it is kept.
                guard let reply = JSONValue.parse(message.payload)?.object, reply["type"]?.string != nil,
                    let text = reply["content"]?.string ?? reply["error"]?.string
                else { continue }
                return say(text, to: question.line)
            }
        } catch {
            fail(error)
        }
    }

    private func say(_ text: String, to line: RoomLine) {
        for part in RoomText.parts(text, length: settings.length) ?? [text] {
            let event = RoomEvent(text: part, channel: line.channel, correlation: line.correlation)
            guard case .dropped = lines.continuation.yield(event) else { continue }
            outbox.counters.unsent.add()
            if let heldBack = outbox.throttle.admit("bridge full") {
                outbox.log.warning(
                    "More is to be said in the room than it takes; the rest is lost", [.heldBack: String(heldBack)])
            }
        }
    }

    private func fail(_ error: NATSError) {
        guard error.code != .cancelled, let heldBack = outbox.throttle.admit("bridge") else { return }
        outbox.log.warning(
            "A line of the room could not be answered",
            [.reason: error.description, .heldBack: String(heldBack)])
    }

    private func speak() async {
        for await line in lines.stream {
            memory.withLock { $0.say(line.text, now: time.now) }
            outbox.publish(line.bytes(at: time.timestamp), to: RoomEvent.subject, headers: [])
            guard (try? await time.sleep(until: time.now + settings.pause)) != nil else { return }
        }
    }
}
