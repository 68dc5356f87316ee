import NATSClient
import Testing

@testable import NATSPlugin

@Suite("Who prompts the agent")
struct AgentCallerTests {
    private static let key = "U" + String(repeating: "A2", count: 27) + "Z"

    @Test(
        "may name its caller; what is no name is nobody's",
        arguments: [
            (#"{"v":1,"account":"$G","user":"KEY","name":"zoé"}"#, "zoé"),
            ("{\"v\":1,\"account\":\"$G\",\"user\":\"KEY\",\"name\":\"a\\nb\"}", "a b"),
            (#"{"v":1,"account":"$G","user":"KEY"}"#, ""),
            (#"{"v":2,"account":"$G","user":"KEY"}"#, nil), (#"{"v":1,"user":"KEYA"}"#, nil),
            (#"{"v":1,"user":"U"}"#, nil), (#"{"v":1,"user":"A.>","name":"x"}"#, nil), ("KEY", nil), ("", nil),
            (
                #"{"v":1,"user":"KEY","name":"SPACE"}"#.replacing("SPACE", with: String(repeating: " ", count: 2000)),
                nil
            ),
        ] as [(String, String?)])
    func caller(header: String, name: String?) {
        let caller = AgentCaller(NATSHeaders([("Agent-Sender", header.replacing("KEY", with: Self.key))]))
        #expect(caller.map { $0.name?.replacing(/~[0-9a-f]{8}$/, with: "") ?? "" } == name)
        #expect((caller?.user == Self.key) == (name != nil))
    }

    @Test("names nobody with two headers, or in another spelling")
    func headers() {
        let value = #"{"v":1,"user":"KEY"}"#.replacing("KEY", with: Self.key)
        #expect(AgentCaller(NATSHeaders([("Agent-Sender", value)])) != nil)
        #expect(AgentCaller(NATSHeaders([("Agent-Sender", value), ("Agent-Sender", value)])) == nil)
        #expect(AgentCaller(NATSHeaders([("agent-sender", value)])) == nil)
        #expect(AgentCaller(NATSHeaders()) == nil)
    }

    @Test(
        "is as large as the units of the protocol can say",
        arguments: [
            (1 << 20, "1MB"), (256 << 10, "256KB"), (3 << 30, "3GB"), (1000, "1000B"), (1 << 10 | 1, "1025B"),
            (1536 << 10, "1536KB"),
        ])
    func size(bytes: Int, text: String) { #expect(AgentDoor.size(bytes) == text) }
}
