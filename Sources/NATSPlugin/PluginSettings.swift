package import BusProtocol
import ServiceRuntime

/// How the plugin is set.
package struct PluginSettings: Sendable {
    /// How much of a request is taken; the longest time and the admins are the service's, and those of ``chat``.
    package var limits: RequestLimits
    /// How answers look in a room, and who may do what there.
    package var chat: ChatSettings
    /// How jobs are taken; nil: not at all.
    package var jobs: JobSettings?
    /// The program's version, for those who ask how it does.
    package var version: String
    /// The instances that it shares the bus's messages with.
    package var group: InstanceGroup
    /// Tells this process from others that answer on the same bus.
    package var instance: String
    /// How agents find the service and prompt it; nil: not at all.
    package var agent: AgentSettings?
    /// How the service takes part in the bot's own bus; nil: not at all.
    package var bridge: BridgeSettings?

    /// Settings.
    package init(
        limits: RequestLimits = RequestLimits(), chat: ChatSettings = ChatSettings(), jobs: JobSettings? = nil,
        version: String = "0.0.0", group: InstanceGroup = InstanceGroup(),
        instance: String = PluginSettings.newInstance(), agent: AgentSettings? = nil, bridge: BridgeSettings? = nil
    ) {
        (self.limits, self.chat, self.jobs, self.group) = (limits, chat, jobs, group)
        (self.version, self.instance) = (version, instance)
        (self.agent, self.bridge) = (agent, bridge)
    }

    /// Eight hexadecimal digits, drawn at random.
    package static func newInstance() -> String { UInt32.random(in: .min ... .max).hexadecimal }
}
