import JSON
import LLMService
import LanguageModels
import Testing

@testable import NATSPlugin

@Suite("A call on rosey.llm.*")
struct CallMessageTests {
    private func read(
        _ call: String, _ text: String?, reply: String? = "_INBOX.1"
    ) -> (Echo, Result<CallMessage, LLMError>) {
        let limits = RequestMessage.Limits(messageBytes: 100, timeout: .seconds(300))
        return CallMessage.read(
            "rosey.llm." + call, text.map(object), reply: reply, limits: limits, registry: ProviderRegistry())
    }

    @Test("to chat is in either spelling", arguments: [("channel", "user"), ("channel_id", "username")])
    func chat(channel: String, user: String) throws {
        let (echo, result) = read(
            "chat",
            #"""
            {"\#(channel)":"c","\#(user)":"alice","message":"hi","persona":"p","model":"m","provider":"q",
             "temperature":0.1,"max_tokens":5,"request_id":"r","reply_to":"a.b","enable_tools":true}
            """#)
        guard case .success(.work(.chat(let message, let room, let speaker), let options)) = result else {
            Issue.record("no chat: \(result)")
            return
        }
        #expect((message, room, speaker) == ("hi", "c", "alice"))
        #expect((options.persona, options.model, options.provider) == ("p", "m", "q"))
        #expect((options.temperature, options.maxTokens, options.requestID) == (0.1, 5, "r"))
        #expect(echo.replies == ["_INBOX.1", "a.b"])
        #expect(echo.isOwnID && echo.identity == "rosey.llm.chat\u{0}c\u{0}r")
        #expect(echo.call?.call == .chat)
    }

    @Test("to complete has messages")
    func complete() throws {
        let (_, result) = read("complete", #"{"messages":[{"role":"user","content":"hi"}],"channel":"c"}"#)
        guard case .success(.work(.complete(.messages(let messages)), let options)) = result else {
            Issue.record("no completion: \(result)")
            return
        }
        #expect(messages == [ChatMessage(.user, "hi")])
        #expect(options.channel == "c")
    }

    @Test("to summarise has a text")
    func summarize() throws {
        let (_, result) = read("summarize", #"{"text":"t","max_length":5,"style":"bullets"}"#)
        guard case .success(.work(.summarize("t", maxWords: 5, style: .bullets), _)) = result else {
            Issue.record("no summary: \(result)")
            return
        }
    }

    @Test("for what needs no model is understood, also with nothing in it where nothing is needed")
    func others() {
        if case .success(.persona(of: "c")) = read("persona.get", #"{"channel":"c"}"#).1 {} else { Issue.record("get") }
        if case .success(.setPersona("p", of: "c")) = read("persona.set", #"{"channel_id":"c","persona":"p"}"#).1 {
        } else {
            Issue.record("set")
        }
        if case .success(.personas(of: nil)) = read("persona.list", nil).1 {} else { Issue.record("list") }
        if case .success(.personas(of: "c"?)) = read("persona.list", #"{"channel":"c"}"#).1 {
        } else {
            Issue.record("list of a channel")
        }
        if case .success(.models(provider: nil)) = read("models", nil).1 {} else { Issue.record("models") }
        if case .success(.models(provider: "q"?)) = read("models", #"{"provider":"q"}"#).1 {
        } else {
            Issue.record("models of a provider")
        }
        for payload in [nil, "{}", #"{"request_id":7,"channel":[],"user":1}"#] {
            if case .success(.status) = read("status", payload).1 {} else { Issue.record("status") }
        }
    }

    @Test(
        "says what is wrong with it",
        arguments: [
            ("chat", nil, "invalid_json", "expected a JSON object in UTF-8"),
            ("persona.get", nil, "invalid_json", "expected a JSON object in UTF-8"),
            ("chat", "{}", "invalid_request", "channel: expected a non-empty string, got nothing"),
            ("chat", #"{"channel":"c"}"#, "invalid_request", "message: expected a non-empty string, got nothing"),
            ("chat", #"{"channel":7,"message":"m"}"#, "invalid_request", "channel: expected a non-empty string, got 7"),
            ("complete", "{}", "invalid_request", "messages: expected a list of messages, got nothing"),
            (
                "complete", #"{"messages":[]}"#, "invalid_request",
                "messages: expected a list of 1 to 512 messages, got an empty list"
            ),
            ("summarize", #"{"text":null}"#, "invalid_request", "text: expected a non-empty string, got null"),
            (
                "persona.set", #"{"channel":"c"}"#, "invalid_request",
                "persona: expected a non-empty string, got nothing"
            ),
            ("models", #"{"provider":1}"#, "invalid_request", "provider: expected a string, got 1"),
            ("memory.add", "{}", "invalid_request", "channel: expected a non-empty string, got nothing"),
            ("nonsense", "{}", "unknown_action", "Unknown subject: rosey.llm.nonsense"),
            ("chat.more", nil, "unknown_action", "Unknown subject: rosey.llm.chat.more"),
            ("usage", nil, "invalid_json", "expected a JSON object in UTF-8"),
            ("usage", #"{"user":5}"#, "invalid_request", "user: expected a string, got 5"),
            (
                "memory.recall", #"{"channel":"c"}"#, "invalid_request",
                "query: expected a non-empty string, got nothing"
            ),
        ] as [(String, String?, String, String)])
    func faults(call: String, payload: String?, code: String, message: String) {
        let error = read(call, payload).1.failure
        #expect(error?.code.name == code)
        #expect(error?.message == message)
    }

    @Test("of more than is taken is refused")
    func large() {
        let text = String(repeating: "x", count: 101)
        for (call, payload) in [
            ("chat", #"{"channel":"c","message":"\#(text)"}"#), ("summarize", #"{"text":"\#(text)"}"#),
            ("complete", #"{"messages":[{"role":"user","content":"\#(text)"}]}"#),
        ] {
            #expect(read(call, payload).1.failure?.code == .tooLarge)
        }
    }
}
