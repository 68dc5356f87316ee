import JSON

/// A message that means nothing to anybody: sent to learn whether it may be sent.
package enum CheckMessage {
    /// The payload: of a type that nobody knows, for a channel that is nowhere.
    package static func encode() -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", "check")
            writer.field("channel_id", "rosey-llm-check")
            writer.field("request_id", "rosey-llm-check")
        }
    }
}
