import BusProtocol
import JSON
import ServiceRuntime

/// A line for the room, in the bot's event envelope.
struct RoomEvent: Equatable {
    /// Who says so.
    static let source = "llm"

    let text: String
    /// What it answers.
    let line: RoomLine

    /// The event.
    func bytes(at time: Timestamp) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("subject", Subjects.roomMessage)
            writer.field("event_type", "message")
            writer.field("source", Self.source)
            writer.object("data") { writer in
                writer.field("response", text)
                writer.field("channel", line.channel)
            }
            writer.field("correlation_id", orNull: line.correlation)
            writer.field("timestamp", Double(time.milliseconds) / 1000)
            writer.field("priority", 2)
            writer.field("metadata") { $0.object { _ in } }
        }
    }
}
