package import BusProtocol
import ServiceRuntime

/// How the plugin is set.
package struct PluginSettings: Sendable {
    /// How much of a request is taken; the longest time and the admins are the service's, and those of ``permissions``.
    package var limits: RequestLimits
    /// The longest message a room takes, in UTF-16 units; nil: answers are not cut.
    package var roomLength: Int?
    /// Of a streamed answer's pieces, what comes within it goes out together; zero: each goes out as it comes.
    package var deltaInterval: Duration
    /// Who may give which commands in a room, and have forgotten what others had remembered.
    package var permissions: Permissions
    /// How jobs are taken; nil: not at all.
    package var jobs: JobSettings?
    /// The program's version, for those who ask how it does.
    package var version: String
    /// Tells this process from others that answer on the same bus.
    package var instance: String
    /// How agents find the service and prompt it; nil: not at all.
    package var agent: AgentSettings?
    /// How the service takes part in the bot's own bus; nil: not at all.
    package var bridge: BridgeSettings?

    /// Settings.
    package init(
        limits: RequestLimits = RequestLimits(), roomLength: Int? = nil, deltaInterval: Duration = .milliseconds(30),
        permissions: Permissions = Permissions(), version: String = "0.0.0",
        instance: String = PluginSettings.newInstance(), agent: AgentSettings? = nil, bridge: BridgeSettings? = nil
    ) {
        (self.limits, self.roomLength, self.deltaInterval) = (limits, roomLength, deltaInterval)
        (self.permissions, self.version, self.instance) = (permissions, version, instance)
        (self.agent, self.bridge) = (agent, bridge)
    }

    /// Eight hexadecimal digits, drawn at random.
    package static func newInstance() -> String { UInt32.random(in: .min ... .max).hexadecimal }
}
