import JSON

/// A piece of an answer on `llm.delta` (documented in Streaming.md).
package struct LLMDelta: Sendable, Equatable {
    static let type = "llm_delta"
    /// What those that this service sends begin with.
    static let beginning = Array(#"{"type":"\#(type)""#.utf8)

    /// The channel, where it is a name.
    package var channel: String?
    /// The id of the request that is answered.
    package var requestID = ""
    /// The piece of text.
    package var content = ""

    /// Returns the payload of a piece.
    ///
    /// - Parameter number: how many of the same answer came before it.
    package static func encode(_ content: String, number: Int, to context: ReplyContext) -> [UInt8] {
        JSONWriter.object(capacity: 160 + content.utf8.count) { writer in
            writer.head(type, context)
            writer.field("request_id", context.requestID)
            writer.field("seq", number)
            writer.field("content", content)
        }
    }

    /// Decodes a payload; nil if it is not a piece of an answer.
    package static func decode(_ payload: [UInt8]) -> LLMDelta? {
        var reader = JSONReader(payload)
        var isDelta = false
        var delta = LLMDelta()
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                try reader.fields { key, reader throws(JSONError) in
                    switch key {
                    case "type": isDelta = try reader.string() == type
                    case "channel_id": delta.channel = try reader.string().flatMap { $0.isEmpty ? nil : $0 }
                    case "request_id": delta.requestID = try reader.string() ?? ""
                    case "content": delta.content = try reader.string() ?? ""
                    default: try reader.skip()
                    }
                }
            }
        } catch { return nil }
        return isDelta ? delta : nil
    }
}
