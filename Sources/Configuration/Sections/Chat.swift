extension Configuration {
    /// `chat`: how answers look in a room.
    package struct Chat: Sendable, Equatable {
        /// `max_message_length`: characters in one message of the room, from 20 on; longer answers are sent in parts.
        /// Default none: answers stay whole.
        package var maxMessageLength: Int?

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Chat {
    /// Takes over what the section `chat` says.
    mutating func read(_ section: inout Section) {
        maxMessageLength = section.integer("max_message_length", in: 20...)
    }
}
