import BusProtocol
import JSON
import LLMService
import LineEditing
import NATSClient
import ServiceRuntime
import Synchronization

/// A conversation in a terminal: what is typed is asked, and what is answered, and what others say, is shown meanwhile.
final class ChatSession: Sendable {
    private enum Event: Sendable {
        case typed(LineEditor.Input)
        case signal(String)
    }

    private struct State {
        /// Our requests that are not answered yet, and whether each was told to stop.
        var running: [String: Bool] = [:]
        /// All of ours, to tell others' apart. Bound: what a person types in a session.
        var own: Set<String> = []
    }

    private let room: TerminalRoom
    private let client: ServiceClient
    private let editor: LineEditor
    private let terminal: Terminal
    /// What others say and are told.
    private let heard: [NATSSubscription]
    private let state = Mutex(State())

    /// Begins to listen, and then to read lines.
    ///
    /// - Throws: where the terminal cannot be used.
    init(
        _ room: TerminalRoom, _ client: ServiceClient, _ options: LineEditor.Options, _ terminal: Terminal
    ) async throws(CommandFailure) {
        (self.room, self.client, self.terminal) = (room, client, terminal)
        let subjects = [Subjects.request, Subjects.command, Subjects.response]
        heard = subjects.compactMap { try? client.connection.subscribe($0) }
        try? await client.connection.flush(timeout: .seconds(2))
        guard let editor = LineEditor(options) else {
            throw CommandFailure(.unavailable, "the terminal cannot be used: no thread or no descriptor is left")
        }
        self.editor = editor
    }

    /// Talks until somebody leaves.
    ///
    /// - Throws: which signal ended it, if one did.
    func run(_ signals: ProcessSignals) async throws(CommandFailure) {
        var end: String?
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        await withDiscardingTaskGroup { group in
            group.addTask { [editor] in for await input in editor.inputs { event.yield(.typed(input)) } }
            group.addTask { for await name in signals.names { event.yield(.signal(name)) } }
            group.addTask { await self.listen() }
            for await event in events {
                guard handle(event, &group) else {
                    if case .signal(let name) = event { end = name }
                    break
                }
            }
            stopAll()
            try? await client.connection.flush(timeout: .seconds(2))
            group.cancelAll()
        }
        await editor.close()
        if let end { throw CommandFailure(CommandFailure.Code(endedBy: end), "stopped") }
    }

    /// Returns whether to go on.
    private func handle(_ event: Event, _ group: inout DiscardingTaskGroup) -> Bool {
        switch event {
        case .typed(.end): return false
        case .typed(.line(let text)): return take(text, &group)
        case .signal("SIGINT"): return stopAll() || editor.clear()
        case .signal(ProcessSignals.suspend):
            editor.suspend()
            return true
        case .signal: return false
        }
    }

    private func take(_ text: String, _ group: inout DiscardingTaskGroup) -> Bool {
        switch room.action(for: text) {
        case .nothing: break
        case .leave: return false
        case .refuse(let reason): complain(reason)
        case .help: group.addTask { await self.help() }
        case .ask(let subject, let payload, let id):
            state.withLock { state in
                state.running[id] = false
                state.own.insert(id)
            }
            group.addTask { await self.ask(payload, on: subject, id) }
        }
        return true
    }

    private func ask(_ payload: [UInt8], on subject: String, _ id: String) async {
        var shown = SpokenAnswer(terminal, write: editor.write)
        do throws(CommandFailure) {
            try await client.expectService()
            let failure = try await client.ask(
                payload, on: subject, timeout: TerminalChat.patience, into: &shown)
            if let failure { complain(failure) }
        } catch {
            if !Task.isCancelled { complain(error.description) }
        }
        state.withLock { _ = $0.running.removeValue(forKey: id) }
    }

    private func help() async {
        do throws(CommandFailure) {
            try await client.expectService()
            let id = RequestID.make()
            state.withLock { _ = $0.own.insert(id) }
            let command = room.command("help", id: id)
            let reply = try await client.ask(command, on: Subjects.command, timeout: .seconds(15))
            switch reply {
            case .success(let text): editor.say(terminal.safe(TerminalRoom.help(text)))
            case .failure(let failure): complain(failure.text)
            }
        } catch {
            complain(error.description)
        }
    }

    private func complain(_ text: String) { editor.say(terminal.styled(terminal.safe(text), .red)) }

    /// Has all stopped that runs and was not told to stop. Returns whether there was something.
    @discardableResult private func stopAll() -> Bool {
        let running = state.withLock { state in
            let running = state.running.filter { !$0.value }.map(\.key)
            for id in running { state.running[id] = true }
            return running
        }
        for id in running { client.cancel(id) }
        return !running.isEmpty
    }

    // MARK: what others say

    private func listen() async {
        await withDiscardingTaskGroup { group in
            for subscription in heard {
                group.addTask { for await message in subscription { self.hear(message) } }
            }
        }
    }

    private func hear(_ message: NATSMessage) {
        // What is larger has pictures in it, and is no chat that one could read.
        guard message.payload.count <= 1 << 20, let fields = JSONValue.parse(message.payload)?.object else { return }
        switch message.subject {
        case Subjects.request: show(LLMRequest.overheard(fields))
        case Subjects.command: show(ChatCommand.overheard(fields))
        default:
            guard case .response(let response)? = LLMReply.decode(message.payload), response.channel == room.channel,
                response.action == "chat", !isOwn(response.requestID)
            else { return }
            tell("\(response.username) is told: \(response.content)")
        }
    }

    private func show(_ question: OverheardQuestion?) {
        guard let question, question.channel == room.channel, !isOwn(question.id) else { return }
        tell("\(question.name.callerName): \(question.text.promptText.markingLines)")
    }

    private func tell(_ text: String) { editor.say(terminal.styled(terminal.safe(text), .dim)) }

    private func isOwn(_ id: String?) -> Bool { state.withLock { state in id.map(state.own.contains) ?? false } }
}
