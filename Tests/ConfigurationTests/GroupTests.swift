import BusProtocol
import Configuration
import NATSPlugin
import Testing

/// The group of instances.
@Suite struct GroupTests {
    @Test func noneUnlessItIsWanted() throws {
        #expect(try load("{}").configuration.group == InstanceGroup())
    }

    @Test func aGroupWithANumberHearsNothingElse() throws {
        let text = #"{"nats": {"group": 1}, "agents": {"owner": "crew"}, "bridge": {"enabled": true}}"#
        let loaded = try load(text)
        #expect(loaded.configuration.group.number == 1)
        #expect(!loaded.configuration.jobs.isEnabled && !loaded.configuration.bridge.isEnabled)
        #expect(loaded.configuration.agent.owner.isEmpty)
        #expect(
            loaded.warnings == [
                "agents.owner: ignored in group 1 (nats.group): one without a number does that",
                "bridge.enabled: ignored in group 1 (nats.group): one without a number does that",
            ])
    }

    @Test func wrong() throws {
        #expect(
            try faults(#"{"nats": {"group": -1}}"#) == ["nats.group: expected a whole number from 0 to 9999, got -1"])
    }
}
