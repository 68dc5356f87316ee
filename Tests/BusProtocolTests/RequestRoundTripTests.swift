import Conversations
import JSON
import LLMService
import LanguageModels
import Testing

@testable import BusProtocol

@Suite("A request as it is sent is the one that is understood")
struct RequestRoundTripTests {
    private let limits = RequestLimits(messageBytes: 10_000, timeout: .seconds(300))

    private func decode(_ request: LLMRequest) -> DecodedRequest {
        LLMRequest.decode(JSONObject(request.encode()), reply: "_INBOX.1", limits: limits)
    }

    @Test("with every field of a completion")
    func completion() throws {
        var request = LLMRequest(.complete, channelID: "c \"1\"", username: "alice", requestID: "r-1")
        request.replyTo = "a.b"
        request.isStreamed = true
        request.messages = [
            LLMRequest.Message(role: "user", content: "look", images: ["/9j/AAAA"]),
            LLMRequest.Message(
                role: "assistant", content: "",
                toolCalls: RawJSON(#"[{"id":"1","function":{"name":"f","arguments":"{}"}}]"#)),
            LLMRequest.Message(role: "tool", content: "seen\n", toolCallID: "1"),
        ]
        (request.model, request.provider, request.timeout) = ("m", "p", .milliseconds(1500))
        (request.temperature, request.maxTokens, request.stop) = (0.5, 7, ["a", "b"])
        request.format = RawJSON(.string("json"))
        request.tools = RawJSON(#"[{"function":{"name":"f"}}]"#)
        request.toolChoice = RawJSON(.string("required"))
        let decoded = decode(request)
        guard case .generate(.complete(.messages(let messages)))? = decoded.value else {
            return #expect(Bool(false), "no completion: \(String(describing: decoded.failure))")
        }
        #expect(
            messages == [
                ChatMessage(.user, "look", images: [.data(mediaType: "image/jpeg", base64: "/9j/AAAA")]),
                ChatMessage(.assistant, "", toolCalls: [ToolCall(id: "1", name: "f", arguments: "{}")]),
                ChatMessage(.tool, "seen\n", toolCallID: "1"),
            ])
        let (context, options) = (decoded.context, decoded.options)
        #expect(context.channelID == .string("c \"1\""))
        #expect((context.username, context.requestID, context.isStreamed) == ("alice", "r-1", true))
        #expect(context.replySubjects == ["_INBOX.1", "a.b"])
        #expect(context.identity == "complete\u{0}c \"1\"\u{0}r-1")
        #expect(context.action == "complete")
        #expect((options.model, options.provider, options.timeout) == ("m", "p", .milliseconds(1500)))
        #expect((options.temperature, options.maxTokens, options.stop) == (0.5, 7, ["a", "b"]))
        #expect(options.format == .json)
        #expect(options.tools?.choice?.value == .string("required"))
        #expect((options.caller, options.channel, options.requestID) == (.user("alice"), "c \"1\"", "r-1"))
    }

    @Test("with the little that others have")
    func others() {
        var embedding = LLMRequest(.embed)
        (embedding.input, embedding.plugin) = (["a", "b", "c"][1...], "dice")
        #expect(decode(embedding).value?.words == "embed: b|c")
        #expect(decode(embedding).options.caller == .plugin("dice"))
        #expect(!decode(embedding).context.hasSenderID)
        let chat = LLMRequest(.chat, channelID: "c", username: "u", message: "hi \u{1}\\")
        #expect(decode(chat).value?.words == "chat c u: hi \u{1}\\")
        #expect(decode(LLMRequest(.models)).value?.words == "models -")
        #expect(decode(LLMRequest(.status)).value?.words == "status")
        #expect(decode(LLMRequest(.reset, channelID: "c")).value?.words == "reset c")
        let cancel = decode(LLMRequest(.cancel, requestID: "r"))
        #expect(cancel.value?.words == #"cancel request("r")"#)
        #expect(cancel.context.requestID != "r" && !cancel.context.hasSenderID)
    }

    @Test("as a command")
    func command() {
        var command = ChatCommand("remember  \"tea\"", channelID: "c", username: "u", requestID: "r")
        (command.replyTo, command.isStreamed) = ("a.b", true)
        let decoded = ChatCommand.decode(object(command.encode()), reply: nil, limits: limits)
        #expect(decoded.value?.words == "remember c fact 3 u: \"tea\"")
        #expect((decoded.context.requestID, decoded.context.isStreamed) == ("r", true))
        #expect(decoded.context.replySubjects == ["a.b"])
        let bare = ChatCommand("", channelID: "c", username: nil)
        #expect(ChatCommand.decode(object(bare.encode()), reply: nil, limits: limits).value?.words == "help c")
    }

    @Test("as a call")
    func call() {
        func words(_ call: LLMCall) -> String? {
            LLMCall.decode(call.name.subject, JSONObject(call.encode()), reply: nil, limits: limits).value?.words
        }
        #expect(words(LLMCall(.personaGet, channel: "c", includesModel: true)) == "personas c and model")
        #expect(words(LLMCall(.personaList)) == "personas -")
        #expect(words(LLMCall(.models)) == "models -")
    }

    @Test("by its subject")
    func subjects() {
        func words(_ subject: String, _ payload: [UInt8]) -> String? {
            Endpoint.decode(subject, JSONObject(payload), reply: nil, limits: limits).value?.words
        }
        let request = LLMRequest(.chat, channelID: "c", message: "m").encode()
        #expect(words("llm.request", request) == "chat c -: m")
        #expect(words("llm.job", request) == "chat c -: m")
        let command = ChatCommand("tea", channelID: "c", username: nil).encode()
        #expect(words("rosey.command.chat", command) == "chat c -: tea")
        #expect(words("rosey.command.chat.recall", command) == "recall c - 5 -: tea")
        #expect(words("rosey.llm.usage", LLMCall(.usage).encode()) == "usage -")
        let unknown = Endpoint.decode("rosey.llm.dance", JSONObject(), reply: nil, limits: limits)
        #expect(unknown.failure?.code == .unknownAction)
        #expect(unknown.kind == .unknown)
    }

    @Test("that is no JSON object has the kind of its subject, and an id of its own", arguments: Endpoint.all)
    func noObject(endpoint: Endpoint) {
        let decoded = Endpoint.decode(endpoint.subject, nil, reply: "_INBOX.1", limits: limits)
        switch endpoint {
        case .call(.status), .call(.models), .call(.personaList): #expect(decoded.failure == nil)
        default: #expect(decoded.failure?.code == .invalidJSON)
        }
        switch endpoint {
        case .memory(let verb): #expect(decoded.kind.rawValue == verb.rawValue)
        case .call: #expect(decoded.kind != .unknown)
        case .command, .request, .job: #expect(decoded.kind == .unknown)
        }
        #expect(decoded.context.requestID.count == 16)
        #expect(decoded.context.replySubjects == ["_INBOX.1"])
    }

    @Test("of which something is wrong has its kind", arguments: LLMRequest.Action.allCases)
    func kinds(action: LLMRequest.Action) {
        let decoded = LLMRequest.decode(request(action.rawValue, #""channel_id":7"#), reply: nil, limits: limits)
        #expect(decoded.failure != nil || action == .status)
        #expect(decoded.kind.rawValue == action.rawValue)
        #expect(decoded.context.action == action.rawValue)
    }

    @Test("is overheard as it was said")
    func overheard() throws {
        var chat = LLMRequest(.chat, channelID: "c", username: "u", requestID: "r", message: "hi")
        chat.isStreamed = true
        let question = try #require(LLMRequest.overheard(object(chat.encode())))
        #expect((question.channel, question.id, question.name) == ("c", "r", "u"))
        #expect((question.text, question.isStreamed) == ("hi", true))
        #expect(LLMRequest.overheard(object(LLMRequest(.complete, channelID: "c", message: "m").encode())) == nil)
        #expect(LLMRequest.overheard(object(LLMRequest(.chat, message: "m").encode())) == nil)
        let command = ChatCommand("help", channelID: "c", username: nil).encode()
        let typed = try #require(ChatCommand.overheard(object(command)))
        #expect((typed.text, typed.name, typed.id, typed.isStreamed) == ("!chat help", "User", nil, false))
        let envelope = object(
            #"{"event_type":"x","correlation_id":"e","data":{"channel":"c","user":"u","args":["a","b"]}}"#)
        let wrapped = try #require(ChatCommand.overheard(envelope))
        #expect((wrapped.text, wrapped.name, wrapped.id, wrapped.channel) == ("!chat a b", "u", "e", "c"))
    }
}
