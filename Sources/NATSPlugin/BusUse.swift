import BusProtocol
package import NATSClient

/// Something that the service does on the bus, for whoever wants to know beforehand whether it may. JetStream is another
/// matter.
package struct BusUse: Sendable {
    /// What the service's NATS user needs for it.
    package let permission: NATSPermission
    /// The queue group of a subscription.
    package let queueGroup: String?
    /// What it is for: "take what is typed in rooms".
    package let purpose: String
    /// Whether the service cannot do its work without.
    package let isNeeded: Bool

    private init(
        _ direction: NATSPermission.Direction, _ subject: String, _ queueGroup: String? = nil, to purpose: String,
        isNeeded: Bool = true
    ) {
        permission = NATSPermission(direction, subject)
        (self.queueGroup, self.purpose, self.isNeeded) = (queueGroup, purpose, isNeeded)
    }

    /// Does it in a way that nobody notices: subscribes for a moment, or publishes something that means nothing.
    package func tryOut(on connection: NATSConnection) async throws(NATSError) {
        switch permission.direction {
        case .subscribe: try await connection.trySubscription(to: permission.subject, queueGroup: queueGroup)
        case .publish: try connection.publish(Self.payload(for: permission.subject), to: permission.subject)
        }
    }

    /// Where requests come in: no request, which is ignored. Elsewhere: a message of a channel that there is not.
    private static func payload(for subject: String) -> [UInt8] {
        [Subjects.request, Subjects.command].contains(subject) ? [] : CheckMessage.encode()
    }
}

extension BusUse {
    /// All that a service does with these settings.
    /// - Parameter hasGateway: whether it answers HTTP too.
    package static func all(_ settings: PluginSettings, hasGateway: Bool) -> [BusUse] {
        rooms(settings) + answers(settings) + instances(settings.group) + discovery(settings) + bridge(settings)
            + (hasGateway ? [BusUse(.publish, Subjects.request, to: "ask on behalf of the gateway's clients")] : [])
    }

    private static func rooms(_ settings: PluginSettings) -> [BusUse] {
        let (group, takesCommands) = (settings.group, settings.jobs?.takesCommands == true)
        return group.subjects.filter { !takesCommands || $0 != Subjects.command }.map { subject in
            // Without a number, those are for whoever wants to use them.
            let isNeeded = group.number != nil || Subjects.ofChannel(subject) == nil
            return BusUse(.subscribe, subject, Subjects.queueGroup, to: purpose(of: subject), isNeeded: isNeeded)
        }
    }

    private static func purpose(of subject: String) -> String {
        switch Endpoint(subject: subject) {
        case .request: "take the requests of plugins"
        case .memory(let verb): "take \(verb.rawValue) from rooms"
        case .command: "take what is typed in rooms"
        case .job, .call, nil: "take the calls of plugins"
        }
    }

    private static func answers(_ settings: PluginSettings) -> [BusUse] {
        [
            BusUse(.publish, Subjects.response, to: "send answers"),
            BusUse(.publish, Subjects.error, to: "send failures"),
            BusUse(.publish, Subjects.delta, to: "send answers piece by piece"),
            BusUse(.publish, Subjects.eventPrefix + "check", to: "tell observers what happens", isNeeded: false),
        ]
            + (settings.jobs == nil
                ? [] : [BusUse(.publish, Subjects.deadJob, to: "tell of jobs that were given up", isNeeded: false)])
    }

    private static func instances(_ group: InstanceGroup) -> [BusUse] {
        let id = PluginSettings.newInstance() + PluginSettings.newInstance()
        let purpose = "share the work with other instances"
        return [group.peers, Subjects.member(id), group.intake].flatMap { subject in
            [
                BusUse(.subscribe, subject, to: purpose, isNeeded: false),
                BusUse(.publish, subject, to: purpose, isNeeded: false),
            ]
        } + [
            BusUse(.subscribe, Subjects.handed(to: id), to: purpose, isNeeded: false),
            BusUse(.publish, "\(Subjects.handedPrefix).\(id).check", to: purpose, isNeeded: false),
        ]
    }

    private static func discovery(_ settings: PluginSettings) -> [BusUse] {
        let own = ["$SRV.*", "$SRV.*.rosey-llm", "$SRV.*.rosey-llm.\(settings.instance)"].map {
            BusUse(.subscribe, $0, to: "be found as a service", isNeeded: false)
        }
        guard let agent = settings.agent else { return own }
        return own + [
            BusUse(.subscribe, agent.promptSubject, AgentSettings.group, to: "be prompted as an agent"),
            BusUse(.subscribe, agent.statusSubject, AgentSettings.group, to: "be prompted as an agent"),
            BusUse(.publish, agent.heartbeatSubject, to: "be found as an agent"),
            BusUse(.subscribe, "$SRV.*.agents", to: "be found as an agent", isNeeded: false),
            BusUse(.subscribe, "$SRV.*.agents.\(settings.instance)", to: "be found as an agent", isNeeded: false),
        ]
    }

    private static func bridge(_ settings: PluginSettings) -> [BusUse] {
        guard settings.bridge != nil else { return [] }
        return (Subjects.roomLines + [Subjects.roomMessage]).map {
            BusUse(.subscribe, $0, to: "hear the bot's rooms (bridge)")
        } + [
            BusUse(.publish, Subjects.roomMessage, to: "speak in the bot's rooms (bridge)"),
            BusUse(.publish, Subjects.command, to: "ask for those in the bot's rooms (bridge)"),
            BusUse(.publish, Subjects.request, to: "ask for those in the bot's rooms (bridge)"),
        ]
    }
}
