import Configuration
import NATSPlugin
import Testing

/// Who the service is among agents.
@Suite struct AgentsTests {
    @Test func nobodyUnlessItHasAnOwner() throws {
        #expect(try load("{}").configuration.agent.owner.isEmpty)
    }

    @Test func anOwnerAndAName() throws {
        let agents = try load(#"{"agents": {"owner": "crew-7", "name": "deck_2"}}"#).configuration.agent
        #expect(agents.owner == "crew-7")
        #expect(agents.name == "deck_2")
    }

    @Test(arguments: [
        ("owner", #""Crew""#), ("owner", #""a.b""#), ("owner", #""*""#), ("owner", #""a b""#), ("name", #"">""#),
        ("name", #""é""#), ("name", "\"\(String(repeating: "x", count: 64))\""),
    ])
    func noPartOfASubject(key: String, value: String) throws {
        let faults = try faults(#"{"agents": {"\#(key)": \#(value)}}"#)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("agents.\(key): expected a to z, 0 to 9, - and _, at most 63, got ") == true)
    }
}
