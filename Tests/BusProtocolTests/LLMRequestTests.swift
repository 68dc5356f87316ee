import JSON
import LLMService
import LanguageModels
import Testing

@testable import BusProtocol

@Suite("A request of a plugin")
struct LLMRequestTests {
    private func read(_ object: [String: JSONValue], reply: String? = nil) -> DecodedRequest {
        let limits = RequestLimits(messageBytes: 1000, timeout: .seconds(300))
        return LLMRequest.decode(object, reply: reply, limits: limits)
    }

    private func options(_ fields: String) -> RequestOptions? {
        let more = fields.isEmpty ? "" : "," + fields
        let text = #"{"action":"chat","channel_id":"c","message":"m"\#(more)}"#
        return read(object(text)).generation
    }

    @Test("of every action is understood")
    func actions() {
        func words(_ action: String, _ fields: String) -> String? { read(request(action, fields)).value?.words }
        #expect(words("chat", #""channel_id":"c","message":" hi ","username":"alice""#) == "chat c alice:  hi ")
        #expect(words("chat", #""channel_id":"c","message":" hi ","user":"alice""#) == "chat c alice:  hi ")
        let completion = read(request("complete", #""message":"hi","system":"Be brief""#))
        #expect(completion.value?.words == "complete: hi")
        #expect(completion.options.system == "Be brief")
        #expect(words("reset", #""channel_id":"c""#) == "reset c")
        #expect(words("persona", #""channel_id":"c","persona":"x""#) == "persona c: x")
        #expect(words("persona", #""channel_id":"c""#) == "personas c")
        #expect(words("models", #""provider":"o""#) == "models o")
        #expect(words("cancel", #""request_id":"r","channel_id":"c""#) == #"cancel request("r")"#)
        #expect(words("cancel", #""channel_id":"c""#) == #"cancel channel("c")"#)
        #expect(words("remember", #""channel_id":"c","message":"tea","username":"a""#) == "remember c fact 1 a: tea")
        #expect(words("recall", #""channel_id":"c","query":"tea","limit":7"#) == "recall c - 7 -: tea")
        #expect(words("forget", #""channel_id":"c","memory_id":"1","username":"a""#) == "forget c a: 1")
        #expect(words("forget", #""channel_id":"c","memory_id":"1""#) == "forget c - admin: 1")
    }

    @Test("may be a list of messages")
    func messages() {
        let list = #""messages":[{"role":"system","content":"s"},{"role":"user","content":"u","name":"x"}]"#
        guard case .generate(.complete(.messages(let messages)))? = read(request("complete", list)).value else {
            return #expect(Bool(false), "not a list")
        }
        #expect(messages == [ChatMessage(.system, "s"), ChatMessage(.user, "u")])
    }

    @Test("says how it is to be answered")
    func generation() {
        let options = options(
            #""model":"a/b","provider":"p","temperature":0,"max_tokens":7,"persona":"x","stop":["a","b"],"timeout_s":1.5"#
        )
        #expect(options?.model == "a/b")
        #expect(options?.provider == "p")
        #expect(options?.temperature == 0)
        #expect(options?.maxTokens == 7)
        #expect(options?.persona == "x")
        #expect(options?.stop == ["a", "b"])
        #expect(options?.timeout == .milliseconds(1500))
    }

    @Test(
        "leaves unset what it does not say",
        arguments: [
            "", #""max_tokens":0"#, #""max_tokens":null,"temperature":null,"model":null,"stop":null,"timeout_s":null"#,
            #""model":"""#,
        ])
    func unset(fields: String) {
        let options = options(fields)
        #expect(options != nil)
        #expect(options?.maxTokens == nil)
        #expect(options?.temperature == nil)
        #expect(options?.model == nil)
        #expect(options?.stop == [])
        #expect(options?.timeout == nil)
    }

    @Test(
        "is the named user's, or else the plugin's own",
        arguments: [
            (#""user":"alice","plugin":"dice""#, .user("alice")),
            (#""username":"alice","plugin":"dice""#, .user("alice")), (#""username":"User""#, .user("User")),
            ("", .plugin(nil)), (#""username":"","plugin":"dice""#, .plugin("dice")),
            (#""source":"trivia""#, .plugin("trivia")), (#""plugin":"dice","source":"trivia""#, .plugin("dice")),
            (#""plugin":7,"source":"trivia""#, .plugin("trivia")), (#""plugin":"a\nb""#, .plugin(nil)),
            (#""plugin":"größe""#, .plugin(nil)),
            ("\"plugin\":\"\(String(repeating: "x", count: 65))\"", .plugin(nil)),
        ] as [(String, Caller)])
    func caller(fields: String, caller: Caller) {
        #expect(options(fields)?.caller == caller)
        guard let embedding = read(request("embed", #""input":"x""#, fields)).generation else {
            return #expect(fields.isEmpty, "not to be read")
        }
        #expect(embedding.caller == caller)
    }

    @Test("may take no longer than is configured")
    func cap() { #expect(options(#""timeout_s":1e9"#)?.timeout == .seconds(300)) }

    @Test(
        "with a wrong field says which and what was wrong",
        arguments: [
            (#""message":null"#, "message: expected a non-empty string, got null"),
            (#""message":"""#, "message: expected a non-empty string, got an empty string"),
            (#""message":" \n""#, "message: expected a non-empty string, got a blank string"),
            (#""message":["a"]"#, "message: expected a non-empty string, got a list"),
            (#""message":1.5"#, "message: expected a non-empty string, got 1.5"),
            (#""message":"m","channel_id":null"#, "channel_id: expected a non-empty string, got null"),
            (#""message":"m","channel_id":" ""#, "channel_id: expected a non-empty string, got a blank string"),
            (#""message":"m","channel_id":{}"#, "channel_id: expected a non-empty string, got an object"),
            (#""message":"m","user":7"#, "user: expected a string, got 7"),
            (#""message":"m","username":[]"#, "username: expected a string, got an empty list"),
            (#""message":"m","model":7"#, "model: expected a string, got 7"),
            (#""message":"m","provider":true"#, "provider: expected a string, got true"),
            (#""message":"m","temperature":"hot""#, #"temperature: expected a number from 0 to 2, got "hot""#),
            (#""message":"m","temperature":2.1"#, "temperature: expected a number from 0 to 2, got 2.1"),
            (#""message":"m","temperature":-1"#, "temperature: expected a number from 0 to 2, got -1"),
            (
                #""message":"m","max_tokens":-1"#,
                "max_tokens: expected a whole number of at least 1 (0 or null: no limit), got -1"
            ),
            (
                #""message":"m","max_tokens":1.5"#,
                "max_tokens: expected a whole number of at least 1 (0 or null: no limit), got 1.5"
            ),
            (
                #""message":"m","max_tokens":"7""#,
                #"max_tokens: expected a whole number of at least 1 (0 or null: no limit), got "7""#
            ),
            (#""message":"m","persona":7"#, "persona: expected a string, got 7"),
            (#""message":"m","stop":"x""#, #"stop: expected a list of strings, got "x""#),
            (#""message":"m","stop":["a",7]"#, "stop[1]: expected a string, got 7"),
            (#""message":"m","stream":"yes""#, #"stream: expected true or false, got "yes""#),
            (#""message":"m","stream":1"#, "stream: expected true or false, got 1"),
            (#""message":"m","request_id":7"#, "request_id: expected a string, got 7"),
            (#""message":"m","timeout_s":0"#, "timeout_s: expected a number of seconds above 0, got 0"),
            (#""message":"m","timeout_s":-3"#, "timeout_s: expected a number of seconds above 0, got -3"),
            (#""message":"m","timeout_s":"soon""#, #"timeout_s: expected a number of seconds above 0, got "soon""#),
            (#""message":"m","reply_to":7"#, "reply_to: expected a string, got 7"),
            (#""message":"m","system":"s""#, "system: expected only with the action complete"),
        ])
    func faults(fields: String, fault: String) {
        let error = read(object(#"{"action":"chat","channel_id":"c",\#(fields)}"#)).failure
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == fault)
    }

    @Test(
        "to complete needs a prompt",
        arguments: [
            ("", "message: expected a non-empty string, got nothing"),
            (#""messages":[]"#, "messages: expected a list of 1 to 512 messages, got an empty list"),
            (#""messages":"hi""#, #"messages: expected a list of 1 to 512 messages, got "hi""#),
            (#""messages":[7]"#, "messages[0]: expected an object, got 7"),
            (
                #""messages":[{"role":"user","content":"a"},{"role":"boss","content":"a"}]"#,
                #"messages[1].role: expected system, user, assistant or tool, got "boss""#
            ),
            (
                #""messages":[{"role":"user","content":null}]"#,
                "messages[0].content: expected a non-empty string, got null"
            ),
            (#""messages":[{"content":"a"}]"#, "messages[0].role: expected a non-empty string, got nothing"),
            (#""message":"m","system":7"#, "system: expected a string, got 7"),
        ])
    func completionFaults(fields: String, fault: String) {
        let error = read(fields.isEmpty ? request("complete") : request("complete", fields)).failure
        #expect(error?.message == fault)
    }

    @Test(
        "without a known action is refused",
        arguments: [
            (#"{"action":"dance"}"#, "unknown_action", "Unknown action: dance"),
            (#"{"action":"Chat","channel_id":"c","message":"m"}"#, "unknown_action", "Unknown action: Chat"),
            (#"{"action":""}"#, "unknown_action", "Unknown action: "),
            (
                #"{}"#, "invalid_request",
                "action: expected one of chat, complete, summarize, reset, persona, cancel, models, embed, status, remember, recall, forget, got nothing"
            ),
            (
                #"{"action":null}"#, "invalid_request",
                "action: expected one of chat, complete, summarize, reset, persona, cancel, models, embed, status, remember, recall, forget, got null"
            ),
            (
                #"{"action":7}"#, "invalid_request",
                "action: expected one of chat, complete, summarize, reset, persona, cancel, models, embed, status, remember, recall, forget, got 7"
            ),
        ])
    func unknownAction(text: String, code: String, message: String) {
        let error = read(object(text)).failure
        #expect(error?.code.name == code)
        #expect(error?.message == message)
    }

    @Test(
        "for a channel's reset or persona names the channel",
        arguments: ["reset", "persona"])
    func channelNeeded(action: String) {
        #expect(
            read(request(action)).failure?.message == "channel_id: expected a non-empty string, got nothing")
    }

    @Test("to cancel says what")
    func cancelWhat() {
        #expect(
            read(request("cancel")).failure?.message == "request_id: expected a request to cancel, got nothing")
        #expect(
            read(request("cancel", #""request_id":7,"channel_id":"c""#)).failure?.message
                == "request_id: expected a string, got 7")
    }

    @Test(
        "is answered on no subject with wildcards, and on none of the bus's own",
        arguments: [
            "a.*", "a.>", ">", "", " ", "a b", "a..b", ".a", "llm.request", "llm.response", "rosey.llm.chat",
            "rosey.command.chat", "rosey.command.chat.recall", "rosey.event.llm.error", "llm.error", "llm.delta",
            "$SYS.x",
            "$JS.API.INFO",
        ])
    func replyTo(subject: String) {
        let decoded = read(request("complete", #""message":"m","reply_to":"\#(subject)""#))
        #expect(decoded.failure?.message.hasPrefix("reply_to: expected a subject without wildcards") == true)
        #expect(!decoded.context.hasReplySubject)
    }

    @Test("has an id of at most 128 bytes")
    func idLength() {
        let longest = String(repeating: "x", count: 128)
        let decoded = read(request("complete", #""message":"m","request_id":"\#(longest)""#))
        #expect(decoded.context.requestID == longest)
        #expect(decoded.context.hasSenderID)
        let other = read(request("complete", #""message":"m","request_id":"\#(longest)x""#))
        #expect(other.failure?.message == "request_id: expected at most 128 bytes, got 129")
        #expect(other.context.requestID.count == 16)
        #expect(!other.context.hasSenderID)
    }

    @Test(
        "may be as long as is set, in bytes",
        arguments: [
            ("chat", #""channel_id":"c","message":"TEXT""#, "message"), ("complete", #""message":"TEXT""#, "message"),
            ("complete", #""messages":[{"role":"user","content":"TEXT"}]"#, "messages"),
            ("summarize", #""text":"TEXT""#, "text"), ("summarize", #""message":"TEXT""#, "message"),
        ])
    func length(action: String, fields: String, field: String) {
        let text = String(repeating: "é", count: 500)
        #expect(read(request(action, fields.replacing("TEXT", with: text))).value != nil)
        let error = read(request(action, fields.replacing("TEXT", with: text + "x"))).failure
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "\(field): expected at most 1000 bytes, got 1001")
    }

    @Test("that asks for a stream has its replies ended, also where something else is wrong with it")
    func streamed() {
        let decoded = read(request("chat", #""channel_id":"c","message":null,"stream":true"#))
        #expect(decoded.failure != nil)
        #expect(decoded.context.isStreamed)
    }

    @Test("is told what is wrong in few bytes, however long a character it used")
    func hugeCharacters() {
        let bomb = "x" + String(repeating: "\u{301}", count: 100_000)
        for fields in [
            #""action":"\#(bomb)""#, #""action":"chat","channel_id":"c","message":"m","temperature":"\#(bomb)""#,
            #""action":"chat","channel_id":"c","message":"m","reply_to":"\#(bomb)""#,
        ] {
            let error = read(object("{\(fields)}")).failure
            #expect((error?.message.utf8.count ?? .max) < 1000)
        }
    }
}
