import Testing

@testable import NATSPlugin

@Suite("What instances say and hand to each other")
struct ClusterMessageTests {
    private static let rank = MemberRank(id: "one", name: "first", since: 1_700_000_000_000, isBridge: true)

    private static let work = [
        WorkReport(sequence: .max, key: 1 << 63, progress: .waiting),
        WorkReport(sequence: 1, key: nil, progress: .begun), WorkReport(sequence: 2, key: 0, progress: .unconfirmed),
        WorkReport(sequence: 0, key: nil, progress: .done),
    ]
    private static let messages: [ClusterMessage] = [
        .ping(rank, session: 3, term: 2, load: 5, isLeaving: true),
        .pong(rank, term: 2, known: [rank, MemberRank(id: "two", since: 1)], partitions: [130, 126], isNew: true),
        .announce(rank, term: 2), .appoint(after: 2), .inquiry(from: "one"), .report("one", session: 5, work),
        .report("one", session: 1, []), .confirmation(kept: [.max, 0], lost: [7]), .confirmation(kept: [], lost: []),
        .acknowledgements([.begun(.max), .done(7), .returned(0)]), .acknowledgements([]), .gone("one", session: 3),
        .gone("one", session: .max), .letGo("one", before: 4),
    ]

    @Test("is read as it was written", arguments: messages)
    func roundTrip(message: ClusterMessage) throws {
        let read = try #require(ClusterMessage.decode(message.encode()))
        #expect(String(describing: read) == String(describing: message))
    }

    @Test(
        "is refused where it is none of ours, or larger than any of ours",
        arguments: [
            "", "[]", "{}", #"{"type":"dance"}"#, #"{"type":"ping"}"#, #"{"type":"appoint","term":-1}"#,
            #"{"type":"appoint","term":32768}"#, #"{"type":"appoint","term":9223372036854775807}"#,
            #"{"type":"acknowledge","of":7}"#, #"{"type":"report","member":"a","session":1,"work":[]}"#,
            #"{"type":"announce","id":"","since":1,"term":1}"#, #"{"type":"report","member":"a","work":7}"#,
        ])
    func strange(text: String) { #expect(ClusterMessage.decode(Array(text.utf8)) == nil) }

    @Test(
        "a message is handed on with its subject and its reply",
        arguments: ["llm.request", "rosey.command.chat"], [nil, "_INBOX.a.b", "x"])
    func handing(subject: String, reply: String?) throws {
        for key in [nil, 0, UInt64.max] {
            let handing = Handing(by: "one", sequence: .max, session: 2, key: key, epoch: 1 << 63)
            let read = try #require(Handing.decode(handing.encode(to: "two", subject, reply)))
            #expect(read.handing == handing)
            #expect(read.subject == subject)
            #expect(read.reply == reply)
        }
        #expect(Handing.decode(Handing.passedOn.encode(to: "two", subject, reply))?.handing == .passedOn)
    }

    @Test(
        "a subject that is none hands nothing on",
        arguments: [
            "rosey-llm.handed.two", "rosey-llm.handed.two.one.1.1.-.1.0.a", "rosey-llm.handed.two.one.1.1.-.1.-1.a",
            "rosey-llm.handed.two.one.1.1.-.1.9223372036854775807.a.b", "rosey-llm.handed.two.one.x.1.-.1.1.a",
            "rosey-llm.handed.two.one.1.1.-.1.3.a.b",
        ])
    func strangeSubject(subject: String) { #expect(Handing.decode(subject) == nil) }
}
