import Testing

@testable import BusProtocol

@Suite("Instances that talk to each other")
struct PeerMessageTests {
    @Test(
        "understand each other",
        arguments: [
            .stop(.request("r \"1\"")), .stop(.channel("c")), .stop(.user("u", channel: "")),
        ] as [PeerMessage])
    func roundTrip(message: PeerMessage) throws {
        let (read, sender) = try #require(PeerMessage.decode(Array(message.encode(from: "one"))))
        #expect(read == message)
        #expect(sender == "one")
    }

    @Test(
        "take nothing else for a message",
        arguments: [
            "", "[]", "{}", #"{"type":"stop"}"#, #"{"type":"stop","instance":""}"#,
            #"{"type":"dance","instance":"a"}"#,
            #"{"type":"stop","instance":"a"}"#, #"{"type":"stop","instance":"a","username":"u"}"#,
            #"{"type":"stop","instance":7}"#,
        ])
    func garbage(text: String) {
        #expect(PeerMessage.decode(Array(text.utf8)) == nil)
        #expect(
            PeerMessage.decode(Array(#"{"type":"stop","instance":"\#(String(repeating: "a", count: 65))"}"#.utf8))
                == nil)
    }

    @Test("say how much they have stopped")
    func stopped() throws {
        let answer = try #require(PeerMessage.decode(stopped: Array(PeerMessage.encode(stopped: 3, by: "one"))))
        #expect(answer == (3, "one"))
        for text in ["", "[]", #"{"instance":"one"}"#, #"{"stopped":3}"#, #"{"instance":1,"stopped":"3"}"#] {
            #expect(PeerMessage.decode(stopped: Array(text.utf8)) == nil)
        }
    }
}
