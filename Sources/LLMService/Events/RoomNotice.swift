package import Conversations

/// Something that a room is to know and nobody asked for.
package enum RoomNotice: Sendable {
    /// A model found this worth remembering; whose turn it was, is its author.
    case remembered(Memory, channel: String)
}
