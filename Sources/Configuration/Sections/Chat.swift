extension Configuration {
    /// `chat`: how answers look in a room.
    package struct Chat: Sendable, Equatable {
        /// `max_message_length`: characters in one message of the room, from 20 on; longer answers are sent in parts.
        /// Default none: answers stay whole.
        package var maxMessageLength: Int?
        /// `delta_interval_ms`: milliseconds in which the pieces of a streamed answer are gathered before they are sent, 0
        /// to 1000; 0: each at once. Default 30.
        package var deltaInterval: Duration = .milliseconds(30)
        /// `admins`: the names of those who may do what not everybody may. Default: nobody.
        package var admins: Set<String> = []

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
    }
}
