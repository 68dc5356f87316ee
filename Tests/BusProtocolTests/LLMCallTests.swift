import JSON
import LLMService
import LanguageModels
import Testing

@testable import BusProtocol

@Suite("A call on rosey.llm.*")
struct LLMCallTests {
    private func read(_ call: String, _ text: String?, reply: String? = "_INBOX.1") -> DecodedRequest {
        let limits = RequestLimits(messageBytes: 100, timeout: .seconds(300))
        return LLMCall.decode("rosey.llm." + call, text.map { JSONObject(object($0)) }, reply: reply, limits: limits)
    }

    @Test("to chat is in either spelling", arguments: [("channel", "user"), ("channel_id", "username")])
    func chat(channel: String, user: String) throws {
        let decoded = read(
            "chat",
            #"""
            {"\#(channel)":"c","\#(user)":"alice","message":"hi","persona":"p","model":"m","provider":"q",
             "temperature":0.1,"max_tokens":5,"request_id":"r","reply_to":"a.b","enable_tools":true}
            """#)
        let (context, options) = (decoded.context, decoded.options)
        #expect(decoded.value?.words == "chat c alice: hi")
        #expect((options.persona, options.model, options.provider) == ("p", "m", "q"))
        #expect((options.temperature, options.maxTokens, options.requestID) == (0.1, 5, "r"))
        #expect(context.replySubjects == ["_INBOX.1", "a.b"])
        #expect(context.identity == "rosey.llm.chat\u{0}c\u{0}r")
    }

    @Test("to complete has messages")
    func complete() throws {
        let decoded = read("complete", #"{"messages":[{"role":"user","content":"hi"}],"channel":"c"}"#)
        guard case .generate(.complete(.messages(let messages)))? = decoded.value else {
            return #expect(Bool(false), "no completion")
        }
        #expect(messages == [ChatMessage(.user, "hi")])
        #expect(decoded.options.channel == "c")
    }

    @Test("to summarise has a text")
    func summarize() throws {
        let decoded = read("summarize", #"{"text":"t","max_length":5,"style":"bullets"}"#)
        #expect(decoded.value?.words == "summarize 5 bullets: t")
    }

    @Test(
        "for what needs no model is understood, also with nothing in it where nothing is needed",
        arguments: [
            ("persona.get", #"{"channel":"c"}"#, "personas c"),
            ("persona.get", #"{"channel":"c","include_model":true}"#, "personas c and model"),
            ("persona.set", #"{"channel_id":"c","persona":"p"}"#, "persona c: p"), ("persona.list", nil, "personas -"),
            ("persona.list", #"{"channel":"c"}"#, "personas c"), ("models", nil, "models -"),
            ("models", #"{"provider":"q"}"#, "models q"), ("status", nil, "status"), ("status", "{}", "status"),
            ("status", #"{"request_id":7,"channel":[],"user":1}"#, "status"), ("usage", "{}", "usage -"),
            ("usage", #"{"user":"bob"}"#, "usage bob"),
            ("memory.add", #"{"channel":"c","content":"tea"}"#, "remember c fact 1 -: tea"),
            ("memory.recall", #"{"channel":"c","query":"tea","user":"bob"}"#, "recall c - 5 bob: tea"),
        ] as [(String, String?, String)])
    func others(call: String, payload: String?, words: String) {
        let decoded = read(call, payload)
        #expect(decoded.value?.words == words)
        #expect(decoded.kind == decoded.value?.kind)
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
        let error = read(call, payload).failure
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
            #expect(read(call, payload).failure?.code == .tooLarge)
        }
    }
}
