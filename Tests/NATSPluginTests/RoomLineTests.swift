import BusProtocol
import CoreTestSupport
import JSON
import ServiceRuntime
import Settings
import Testing

@testable import NATSPlugin

@Suite("A line of the room")
struct RoomLineTests {
    private func line(
        _ data: String, source: String = "cytube-connector", on subject: String = "rosey.platform.cytube.chatMsg",
        mentions: Bool = false, more: String = ""
    ) -> RoomLine? {
        let event = #"{"event_type":"message","source":"\#(source)","data":\#(data)\#(more)}"#
        return RoomLine(
            object(event), on: subject, BridgeSettings().with { ($0.name, $0.mentions) = ("Rosey", mentions) })
    }

    @Test(
        "is for us where it begins with !chat",
        arguments: [
            ("!chat hi there", "hi there"), ("!chat", ""), (" !CHAT\\treset ", "reset"), ("!chatter", nil),
            ("hello !chat", nil), ("chat hi", nil),
            ("!chat&nbsp;what&#39;s &lt;b&gt; &#x26; &amp;lt;", "what's <b> & &lt;"),
            ("&#33;chat hi", "hi"), ("", nil), ("Rosey, hi", nil),
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
            ("Rosey /etc/passwd?", "/etc/passwd?"), ("Rosey - hi", "hi"), ("rosey- hi", "hi"), ("Rosey. hi", "hi"),
            ("Rosey,hi", "Rosey,hi"), ("Rosey? -x", "Rosey? -x"), ("rosey... hi", "rosey... hi"),
            ("Rosey  -5 + 3", "-5 + 3"), ("(Rosey) hi", "(Rosey) hi"), ("bye rosey.", "bye rosey."),
            ("&quot;rosey&quot; hi", "\"rosey\" hi"), ("Rosey👋 hi", "Rosey👋 hi"), ("foo@rosey.com", nil),
            ("http://example.com/rosey", nil), ("rosey's hat", nil), ("rosey’s hat", nil), ("#rosey", nil),
            ("www.rosey", nil), ("rosey.com", nil), ("rosey_2", nil), ("a=rosey", nil), ("-rosey", nil),
            ("see rosey.com, rosey", "see rosey.com, rosey"),
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
            #"{"user":"bob","command":"!chat hi","channel":"lobby"}"#, on: Subjects.roomMessage,
            more: #","correlation_id":"c-1""#)
        #expect(two?.channel == "lobby")
        #expect(two?.user == "bob")
        #expect(two?.correlation == "c-1")
        #expect(line(#"{"command":"!chat hi"}"#, on: Subjects.roomMessage)?.address == .command("hi"))
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
        #expect(RoomLine(object(data), on: "rosey.platform.cytube.chatMsg", BridgeSettings()) == nil)
    }

    @Test(
        "is old a minute after it was said, in milliseconds or seconds, where it says when",
        arguments: [
            ("1772366400000", 60, false), ("1772366400000", 61, true), ("1772366400", 61, true),
            ("1772366400.5", 60, false), ("1772366400.5", 61, true), ("1772366460000", 61, false), ("17", 61, false),
            ("1e300", 61, false), ("-1", 61, false), ("null", 61, false), (#""yesterday""#, 61, false),
        ])
    func age(said: String, seconds: Int, isOld: Bool) {
        let time = ManualTime()
        time.advance(by: .seconds(seconds))
        let line = line(#"{"username":"alice","message":"!chat hi","time":\#(said)}"#)
        #expect(line?.isOld(at: time.timestamp) == isOld)
    }
}

@Suite("Questions of the room")
struct BridgeQuestionTests {
    @Test("wait for their answers, each once, until their time is over")
    func answers() throws {
        let time = ManualTime()
        let line = try #require(
            RoomLine(object(#"{"data":{"user":"a","message":"!chat x"}}"#), on: Subjects.roomMessage, BridgeSettings()))
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
