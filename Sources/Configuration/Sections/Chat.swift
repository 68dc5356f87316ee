extension Configuration {
    /// `chat`: how answers look in a room, and who may do what there.
    package struct Chat: Sendable, Equatable {
        /// `max_message_length`: characters in one message of the room, from 20 on; longer answers are sent in parts.
        /// Default none: answers stay whole.
        package var maxMessageLength: Int?
        /// `delta_interval_ms`: milliseconds in which the pieces of a streamed answer are gathered before they are sent, 0
        /// to 1000; 0: each at once. Default 30.
        package var deltaInterval: Duration = .milliseconds(30)
        /// `admins`: the users who may do what is for admins only, as the bot names them. Default nobody.
        package var admins: Set<String> = []
        /// `permissions`: who may give a command: `everyone` or `admins`. Default everyone.
        package var permissions: [Command: Audience] = [:]

        /// A command that may be for admins only.
        package enum Command: String, Sendable, CaseIterable {
            case reset, persona, model, stop, retry, remember, recall, forget, usage
        }

        /// Who may give a command.
        package enum Audience: String, Sendable, CaseIterable { case everyone, admins }

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Chat {
    /// Takes over what the section `chat` says.
    mutating func read(_ section: inout Section) {
        maxMessageLength = section.integer("max_message_length", in: 20...)
        deltaInterval = section.integer("delta_interval_ms", in: 0...1000).map { .milliseconds($0) } ?? deltaInterval
        admins = section.words("admins").map(Set.init) ?? admins
        section.section("permissions") { part in
            for command in Command.allCases { permissions[command] = part.choice(command.rawValue) }
        }
        if admins.isEmpty, permissions.values.contains(.admins) {
            section.warn("permissions", "there are no admins: nobody may do what is for them (see chat.admins)")
        }
    }
}
