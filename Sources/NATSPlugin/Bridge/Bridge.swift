import BusProtocol
import Concurrency
import JSON
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

/// Takes part in the bot's own bus: hears the lines of its rooms, asks the service as a plugin would, and says the answers.
///
/// What is said waits in a ``RoomQueue``, and goes out at the pace that rooms allow. Of several instances each hears every
/// line, and one takes it.
final class Bridge: Sendable {
    private struct State {
        var memory = BridgeMemory()
        var questions = BridgeQuestions()
        var queue = RoomQueue()
        var errors = RoomErrors()
        /// Nothing new is asked.
        var isLast = false
    }

    private let settings: BridgeSettings
    private let outbox: Outbox
    private let time: any TimeSource
    private let patience: Duration
    private let permissions: Permissions
    private let isInCharge: @Sendable () -> Bool
    private let ears: [NATSSubscription]
    /// Where answers come. (A reply subject would not do: where JetStream keeps what is typed, it is lost.)
    private let inbox: NATSSubscription
    private let state = Mutex(State())
    /// Says that there is something to say.
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// Resumed when it is to end.
    private let ending = WaitSlot<Void>()
    /// Resumed when all that was asked is answered.
    private let answered = WaitSlot<Void>()

    /// Subscribes; nil where the settings want no bridge. Messages wait until ``run()``.
    ///
    /// - Parameters:
    ///   - patience: how long an answer may take.
    ///   - permissions: who may stop what others asked for.
    ///   - isInCharge: whether a line that comes now is this instance's to answer.
    init?(
        _ settings: BridgeSettings?, on connection: NATSConnection, outbox: Outbox, patience: Duration,
        permissions: Permissions, time: any TimeSource, isInCharge: @escaping @Sendable () -> Bool = { true }
    ) throws(NATSError) {
        guard let settings else { return nil }
        (self.settings, self.outbox, self.patience) = (settings, outbox, patience)
        (self.permissions, self.time, self.isInCharge) = (permissions, time, isInCharge)
        inbox = try connection.subscribe(connection.newInbox())
        // Without a queue group: who is in charge hears it all, and the others know what was said when they are.
        ears = try (Subjects.roomLines + [Subjects.roomMessage]).map { subject throws(NATSError) in
            try connection.subscribe(subject)
        }
    }

    /// Messages that were lost because they came too fast.
    var dropped: Int { ears.reduce(inbox.dropped) { $0 + $1.dropped } }

    /// The lines that wait to be said.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// Answers until it is drained and what was asked is answered and said, or its time is over.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.serve() }
            group.addTask {
                await self.ending.wait()
                try? await self.time.sleep(until: self.time.now + self.settings.grace)
            }
            await group.next()
            group.cancelAll()
        }
        let left = waiting
        if left > 0 {
            outbox.metrics.unsent.add(left)
            outbox.log.warning("Stopped before all waiting lines were sent to the rooms", [.unsent: String(left)])
        }
        await inbox.drain()
    }

    /// Takes nothing new.
    func drain() async {
        await withDiscardingTaskGroup { group in
            for subscription in ears { group.addTask { await subscription.drain() } }
        }
        ending.resume()
    }

    private func serve() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.speak() }
            await converse()
            wake.continuation.finish()
        }
    }

    private func converse() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.hear()
                await self.answered.wait()
            }
            group.addTask { for await message in self.inbox { self.answer(message) } }
            await group.next()
            group.cancelAll()
        }
    }

    private func hear() async {
        await withDiscardingTaskGroup { group in
            for subscription in ears {
                group.addTask { for await message in subscription { self.ask(message) } }
            }
        }
        let isAnswered = state.withLock { state in
            state.isLast = true
            return state.questions.isEmpty
        }
        if isAnswered { answered.resume() }
    }

    // MARK: one line

    private func ask(_ message: NATSMessage) {
        guard let object = JSONValue.parse(message.payload)?.object,
            let line = RoomLine(object, on: message.subject, settings), !line.isOld(at: time.timestamp)
        else { return }
        let id = RequestID.make()
        let (now, isOurs) = (time.now, isInCharge())
        let isNew = state.withLock { state in
            guard state.memory.isNew(line, now: now), isOurs else { return false }
            state.questions.ask(id, line, until: now + patience, now: now)
            return true
        }
        guard isNew else { return }
        let (subject, payload) = request(line, id)
        if !outbox.publish(payload, to: subject, headers: []) { _ = state.withLock { $0.questions.answer(id) } }
    }

    private func request(_ line: RoomLine, _ id: String) -> (subject: String, payload: [UInt8]) {
        switch line.address {
        case .command(let words):
            var command = ChatCommand(words, channelID: line.channel, username: line.user, requestID: id)
            command.replyTo = inbox.subject
            return (Subjects.command, command.encode())
        case .mention(let words):
            var request = LLMRequest(
                .chat, channelID: line.channel, username: line.user, requestID: id, message: words)
            request.replyTo = inbox.subject
            return (Subjects.request, request.encode())
        }
    }

    private func answer(_ message: NATSMessage) {
        let (id, text, error): (String, String, String?)
        switch LLMReply.decode(message.payload) {
        case .response(let response)?: (id, text, error) = (response.requestID, response.content, nil)
        case .failure(let failure)?: (id, text, error) = (failure.requestID, failure.text, failure.code)
        case .delta?, nil: return
        }
        let (line, isAnswered) = state.withLock { state in
            let line = state.questions.answer(id)
            return (line, state.isLast && state.questions.isEmpty)
        }
        if let line { say(text, error: error, to: line) }
        if isAnswered { answered.resume() }
    }

    /// - Parameter error: the code of what the text is about, if it is an error.
    private func say(_ text: String, error: String?, to line: RoomLine) {
        let lines = RoomText.lines(text, length: settings.length)
        let now = time.now
        let lost: Int? = state.withLock { state in
            if let error {
                guard state.errors.admit(error, in: line.channel, now: now) else { return nil }
            } else {
                forget(&state.queue, line)
            }
            let kind = kind(line, isError: error != nil)
            return lines.count { !state.queue.add(RoomEvent(text: $0, line: line), kind) }
        }
        wake.continuation.yield()
        guard let lost else {
            return warn("bridge.errors", "A repeated error is sent to the room once in 30 seconds", 1)
        }
        if lost > 0 { warn("bridge", "Too many lines wait for the room; further ones are dropped", lost) }
    }

    /// What was stopped, or is forgotten, is not said any more.
    private func forget(_ queue: inout RoomQueue, _ line: RoomLine) {
        switch line.command {
        case .cancel? where !permissions.mayUse(.cancel, line.user): queue.drop(line.channel, of: line.user ?? "")
        case .cancel?, .reset?: queue.drop(line.channel)
        default: break
        }
    }

    private func kind(_ line: RoomLine, isError: Bool) -> RoomQueue.Kind {
        switch line.command {
        case nil, .chat?, .retry?: isError ? .failure : .answer
        default: .notice
        }
    }

    private func warn(_ kind: String, _ text: String, _ lost: Int) {
        outbox.metrics.unsent.add(lost)
        guard let heldBack = outbox.throttle.admit(kind) else { return }
        outbox.log.warning(text, [.count: String(lost), .heldBack: String(heldBack)])
    }

    private func speak() async {
        var earliest = time.now
        for await _ in wake.stream {
            while waiting > 0 {
                guard (try? await time.sleep(until: earliest)) != nil, let event = next() else { break }
                outbox.publish(event.bytes(at: time.timestamp), to: Subjects.roomMessage, headers: [])
                earliest = time.now + settings.pause
            }
        }
    }

    private func next() -> RoomEvent? {
        state.withLock { state in
            guard let event = state.queue.popFirst() else { return nil }
            state.memory.say(event.text, in: event.line.room, now: time.now)
            return event
        }
    }
}
