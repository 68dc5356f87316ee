import JSON
import ServiceRuntime

/// A line for the room, in the bot's event envelope.
struct RoomEvent {
    /// Where it goes: the bot's router passes it on to the platform.
    static let subject = "rosey.plugins.llm.message"
    /// Who says so.
    static let source = "llm"

    let text: String
    let channel: String
    let correlation: String?

    /// The event.
    func bytes(at time: Timestamp) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("subject", Self.subject)
            writer.field("event_type", "message")
            writer.field("source", Self.source)
            writer.field("data") { writer in
                writer.object { writer in
                    writer.field("response", text)
                    writer.field("channel", channel)
                }
            }
            writer.field("correlation_id", orNull: correlation)
            writer.field("timestamp", Double(time.milliseconds) / 1000)
            writer.field("priority", 2)
            writer.field("metadata") { $0.object { _ in } }
        }
    }
}
