import CoreTestSupport
import JSON
import Testing

@testable import NATSPlugin

@Suite("A line of the room")
struct RoomLineTests {
    private func line(
        _ data: String, source: String = "cytube-connector", isOfPlatform: Bool = true, mentions: Bool = false,
        more: String = ""
    ) -> RoomLine? {
        let event = #"{"event_type":"message","source":"\#(source)","data":\#(data)\#(more)}"#
        return RoomLine(object(event), isOfPlatform: isOfPlatform, BridgeSettings(name: "Rosey", mentions: mentions))
    }

    @Test(
        "is for us where it begins with !chat",
        arguments: [
            ("!chat hi there", "hi there"), ("!chat", ""), (" !CHAT\\treset ", "reset"), ("!chatter", nil),
            ("hello !chat", nil), ("chat hi", nil), ("", nil), ("Rosey, hi", nil),
        ] as [(String, String?)])
    func commands(text: String, words: String?) {
        let line = line(#"{"username":"alice","message":"\#(text)"}"#)
        #expect(line?.address == words.map(RoomLine.Address.command))
    }

    @Test(
        "is for us where it names the bot, if that is wanted",
        arguments: [
            ("Rosey, how are you?", "how are you?"), ("@rosey: hi", "hi"), ("ROSEY hi", "hi"), ("Rosey!", "Rosey!"),
            ("hi rosey", "hi rosey"), ("what do you think, Rosey?", "what do you think, Rosey?"),
            ("roseymary is here", nil), ("rosey-mary", nil), ("hello", nil), ("!skip rosey", nil),
        ] as [(String, String?)])
    func mentions(text: String, words: String?) {
        let data = #"{"username":"alice","message":"\#(text)"}"#
        #expect(line(data, mentions: true)?.address == words.map(RoomLine.Address.mention))
    }

    @Test("has its channel, its user and its correlation where these are")
    func fields() {
        let one = line(#"{"username":"alice","message":"!chat hi","time":17,"meta":{}}"#)
        #expect(one?.channel == "main")
        #expect(one?.user == "alice")
        #expect(one?.correlation == nil)
        let two = line(
            #"{"user":"bob","command":"!chat hi","channel":"lobby"}"#, isOfPlatform: false,
            more: #","correlation_id":"c-1""#)
        #expect(two?.channel == "lobby")
        #expect(two?.user == "bob")
        #expect(two?.correlation == "c-1")
        #expect(line(#"{"command":"!chat hi"}"#, isOfPlatform: false)?.address == .command("hi"))
    }

    @Test(
        "is nobody's where it is ours, or no line",
        arguments: [
            #"{"username":"Rosey","message":"!chat hi"}"#, #"{"username":"rosey","message":"!chat hi"}"#,
            #"{"username":"alice","message":"!chat hi","plugin":"llm"}"#,
            #"{"username":"alice","message":"!chat hi","response":"x"}"#, #"{"message":"!chat hi"}"#,
            #"{"username":"","message":"!chat hi"}"#, #"{"username":5,"message":"!chat hi"}"#,
            #"{"username":"alice","message":["!chat hi"]}"#, #"{"username":"alice"}"#, "[]", "null", "5",
        ])
    func ignored(data: String) { #expect(line(data) == nil) }

    @Test("is nobody's where we published it")
    func own() {
        let data = #"{"username":"alice","message":"!chat hi"}"#
        #expect(line(data) != nil)
        #expect(line(data, source: "llm") == nil)
        #expect(RoomLine(object(data), isOfPlatform: true, BridgeSettings()) == nil)
    }

    @Test("is answered once, and not where it is what we said; for a while")
    func memory() throws {
        let time = ManualTime()
        var memory = BridgeMemory()
        func isNew(_ line: RoomLine) -> Bool { memory.isNew(line, now: time.now) }
        let ours = try #require(line(#"{"username":"bot2","message":"!chat  «tell» me"}"#))
        let theirs = try #require(line(#"{"username":"alice","message":"!chat ???"}"#))
        let others = try #require(line(#"{"username":"bob","message":"!chat ???"}"#))
        memory.say("!chat tell me", now: time.now)
        #expect(!isNew(ours))
        #expect(isNew(theirs))
        #expect(!isNew(theirs))
        #expect(isNew(others))
        time.advance(by: .seconds(5))
        #expect(isNew(theirs))
        #expect(!isNew(ours))
        time.advance(by: .seconds(115))
        #expect(isNew(ours))
    }

    @Test("of which there are many is forgotten, the oldest first")
    func bound() throws {
        let time = ManualTime()
        var memory = BridgeMemory()
        func isNew(_ line: RoomLine) -> Bool { memory.isNew(line, now: time.now) }
        let ours = try #require(line(#"{"username":"bot2","message":"!chat first"}"#))
        memory.say("!chat first", now: time.now)
        for number in 0..<255 { memory.say("line \(number)", now: time.now) }
        #expect(!isNew(ours))
        memory.say("one more", now: time.now)
        #expect(isNew(ours))
    }
}

@Suite("Questions of the room")
struct BridgeQuestionTests {
    @Test("wait for their answers, each once, until their time is over")
    func answers() throws {
        let time = ManualTime()
        let line = try #require(
            RoomLine(object(#"{"data":{"user":"a","message":"!chat x"}}"#), isOfPlatform: true, BridgeSettings()))
        var questions = BridgeQuestions()
        func ask(_ id: String) { questions.ask(id, line, until: time.now + .seconds(60), now: time.now) }
        func answer(_ id: String) -> RoomLine? { questions.answer(id) }
        ask("1")
        ask("2")
        #expect(answer("1") == line)
        #expect(answer("1") == nil)
        #expect(answer("3") == nil)
        time.advance(by: .seconds(60))
        ask("4")
        #expect(answer("2") == nil)
        for number in 0..<999 { ask("more \(number)") }
        #expect(answer("4") == line)
        ask("one more")
        #expect(answer("more 0") == line)
        ask("and another")
        ask("and one")
        #expect(answer("more 1") == nil)
        #expect(!questions.isEmpty)
    }
}
