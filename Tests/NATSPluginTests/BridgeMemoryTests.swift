import BusProtocol
import CoreTestSupport
import JSON
import Settings
import Testing

@testable import NATSPlugin

@Suite("What was said in a room lately")
struct BridgeMemoryTests {
    private let time = ManualTime()
    private static let chatMsg = "rosey.platform.cytube.chatMsg"

    private func line(
        _ text: String, by user: String = "bob", on subject: String = chatMsg, in room: String? = nil,
        at time: Int? = nil
    ) throws -> RoomLine {
        let bytes = JSONWriter.object { writer in
            writer.field("data") { writer in
                writer.object { writer in
                    writer.field("username", user)
                    writer.field("message", text)
                    if let room { writer.field("channel", room) }
                    if let time { writer.field("time", time) }
                }
            }
        }
        let event = JSONValue.parse(bytes)?.object ?? [:]
        return try #require(RoomLine(event, on: subject, BridgeSettings().with { $0.mentions = true }))
    }

    @Test(
        "is known again as the room shows it",
        arguments: [
            ("!chat  \u{AB}tell\u{BB} me", "!chat tell me"),
            ("!chat it&#39;s &quot;A &amp; B&quot; &#x3c;3", #"!chat it's "A & B" <3"#),
            ("!chat 1 &lt; 2 and 3 &gt; 2", "!chat 1 < 2 and 3 > 2"),
            ("!chat &lt;b&gt;bold&lt;/b&gt;", "!chat <b>bold</b>"), ("!chat bold", "!chat <b>bold</b>"),
            ("!chat <b>bold</b>", "!chat <b>bold</b>"), ("!chat &amp;#39; is it", "!chat &#39; is it"),
            ("!chat &amp;amp;#39; is it", "!chat &#39; is it"), ("!chat &nbsp;&apos;hm&apos;", "!chat 'hm'"),
            (
                #"!chat see <a href="http://x.com/?a=1&amp;b=2" target="_blank">http://x.com/?a=1&amp;b=2</a> now"#,
                "!chat see http://x.com/?a=1&b=2 now"
            ),
            ("!chat <strong>so</strong> it is", "!chat *so* it is"), ("!chat hi", "\u{FEFF} !CHAT hi"),
            ("!chat hi", "&#33;chat hi"), ("Rosey is &lt;i&gt; me", "Rosey is <i> me"),
        ])
    func markup(heard: String, said: String) throws {
        var memory = BridgeMemory()
        memory.say(said, in: nil, now: time.now)
        let line = try line(heard)
        let isNew = memory.isNew(line, now: time.now)
        #expect(!isNew)
    }

    @Test(
        "bars no command unless it was one itself",
        arguments: [("!chat stop", "chat stop"), ("!chat stop", "Say !chat stop"), ("!chat a", "!chat b")])
    func others(heard: String, said: String) throws {
        var memory = BridgeMemory()
        memory.say(said, in: nil, now: time.now)
        let line = try line(heard)
        let isNew = memory.isNew(line, now: time.now)
        #expect(isNew)
    }

    @Test("comes back once, on however many subjects; and within its time")
    func once() throws {
        var memory = BridgeMemory()
        func isNew(_ line: RoomLine) -> Bool { memory.isNew(line, now: time.now) }
        memory.say("!chat stop", in: nil, now: time.now)
        #expect(try !isNew(line("!chat stop", by: "bot2")))
        #expect(try !isNew(line("!chat stop", by: "bot2", on: "rosey.platform.cytube.message")))
        #expect(try isNew(line("!chat stop")))
        memory.say("!chat stop", in: nil, now: time.now)
        time.advance(by: .seconds(119))
        #expect(try !isNew(line("!chat stop", by: "bot2")))
        memory.say("!chat stop", in: nil, now: time.now)
        time.advance(by: .seconds(120))
        #expect(try isNew(line("!chat stop", by: "bot2")))
    }

    @Test("is of its channel, where both say which")
    func rooms() throws {
        var memory = BridgeMemory()
        func isNew(_ line: RoomLine) -> Bool { memory.isNew(line, now: time.now) }
        memory.say("!chat a", in: "one", now: time.now)
        #expect(try isNew(line("!chat a", in: "two")))
        #expect(try !isNew(line("!chat a", in: "one")))
        memory.say("!chat b", in: "one", now: time.now)
        #expect(try !isNew(line("!chat b")))
        memory.say("!chat c", in: nil, now: time.now)
        #expect(try !isNew(line("!chat c", in: "two")))
    }

    @Test("is repeated by people, and brought twice by the bot: that alone is a duplicate, for five seconds")
    func duplicates() throws {
        var memory = BridgeMemory()
        func isNew(_ line: RoomLine) -> Bool { memory.isNew(line, now: time.now) }
        let message = "rosey.platform.cytube.message"
        #expect(try isNew(line("!chat retry", at: 1_772_366_400_000)))
        #expect(try !isNew(line("!chat retry", on: message, at: 1_772_366_400_000)))
        #expect(try !isNew(line("!chat retry", on: Subjects.roomMessage)))
        #expect(try !isNew(line("!chat retry", at: 1_772_366_400_000)))
        #expect(try isNew(line("!chat retry", at: 1_772_366_401_000)))
        #expect(try !isNew(line("!chat retry", on: message, at: 1_772_366_401_000)))
        #expect(try isNew(line("!chat retry", by: "alice", on: message)))
        #expect(try isNew(line("!chat retry", by: "alice", on: message)))
        #expect(try isNew(line("!chat retry", by: "alice", on: "rosey.platform.irc.message")))
        #expect(try isNew(line("!chat retry", in: "two")))
        time.advance(by: .seconds(5))
        #expect(try isNew(line("!chat retry", at: 1_772_366_400_000)))
    }

    @Test("is forgotten where there is much of it, the oldest first")
    func bound() throws {
        var memory = BridgeMemory()
        func isNew(_ line: RoomLine) -> Bool { memory.isNew(line, now: time.now) }
        memory.say("!chat first", in: nil, now: time.now)
        memory.say("!chat second", in: nil, now: time.now)
        for number in 0..<255 { memory.say("line \(number)", in: nil, now: time.now) }
        #expect(try isNew(line("!chat first")))
        #expect(try !isNew(line("!chat second")))
    }

    @Test(
        "is read to its end where it is made of nothing but signs",
        arguments: ["&amp;amp;", "<a", "< ", "&#38;", "&&&;;;"])
    func hostile(part: String) {
        let text = String(repeating: part, count: (64 << 10) / part.utf8.count)
        #expect(RoomMarkup.bare(text).utf8.count <= text.utf8.count)
        #expect(RoomMarkup.decoded(text).utf8.count <= text.utf8.count)
        #expect(RoomMarkup.withoutTags(text).utf8.count <= text.utf8.count)
    }
}
