import BusProtocol
import FoundationEssentials
import LLMService
import ServiceRuntime

/// Who talks in a terminal, and in which channel: makes messages of what is typed.
struct TerminalRoom: Sendable {
    /// What is to be done with a line.
    enum Action: Sendable {
        case nothing
        case leave
        /// Ask, under that request id.
        case ask(subject: String, payload: [UInt8], id: String)
        /// Show the commands.
        case help
        /// There is no such command: why.
        case refuse(String)
    }

    /// The words with which one leaves.
    private static let farewells = ["quit", "exit", "bye"]
    /// What a line can begin with, for completion and for who mistypes it.
    static let commands = (TypedLine.commands + farewells).sorted().map { "/" + $0 }

    let channel: String
    let user: String
    let provider: String?

    /// Reads a line.
    func action(for text: String) -> Action {
        let text = text.trimmed
        let word = text.prefix { !$0.isWhitespace }.lowercased()
        if text.isEmpty { return .nothing }
        if word.hasPrefix("/"), Self.farewells.contains(String(word.dropFirst())) { return .leave }
        switch TypedLine(text) {
        case .command(let words):
            if words.trimmed.lowercased() == "help" || words.isEmpty { return .help }
            return ask(Subjects.command) {
                ChatCommand(words, channelID: channel, username: user, requestID: $0).streamed
            }
        case .turn where word.hasPrefix("/") && !word.dropFirst().contains("/") && word.count > 1:
            let hint = NearestName.find(word, among: Self.commands).map { " (did you mean \($0)?)" } ?? ""
            return .refuse("unknown command \(word)\(hint); /help shows what there is")
        case .turn:
            return ask(Subjects.request) { id in
                var request = LLMRequest(.chat, channelID: channel, username: user, requestID: id, message: text)
                (request.provider, request.isStreamed) = (provider, true)
                return request.encode()
            }
        }
    }

    /// A command as a room would send it.
    func command(_ words: String, id: String = RequestID.make()) -> [UInt8] {
        ChatCommand(words, channelID: channel, username: user, requestID: id).encode()
    }

    /// What the commands are called here, from the service's help for rooms.
    static func help(_ text: String) -> String {
        text.replacing("!chat <", with: "<").replacing("!chat ", with: "/") + """

            /quit - Leave (also Ctrl-D)
            Ctrl-C stops an answer, and leaves where there is none. What is pasted is one message.
            !chat works as it does in a room: !chat persona technical
            """
    }

    private func ask(_ subject: String, _ payload: (String) -> [UInt8]) -> Action {
        let id = RequestID.make()
        return .ask(subject: subject, payload: payload(id), id: id)
    }
}

extension ChatCommand {
    /// The payload of one whose answer is wanted piece by piece.
    fileprivate var streamed: [UInt8] {
        var command = self
        command.isStreamed = true
        return command.encode()
    }
}

/// Where the lines typed into `rosey-llm chat` are kept.
enum ChatHistory {
    /// The path of the file, in a folder that is there and its owner's alone; nil where there can be none.
    static func path(_ environment: [String: String]) -> String? {
        let given = { (name: String) in environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        guard let base = given("XDG_STATE_HOME") ?? given("HOME").map({ $0 + "/.local/state" }) else { return nil }
        let folder = URL(filePath: base).appending(path: "rosey-llm")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { return nil }
        return folder.appending(path: "history").path
    }
}
