import FoundationEssentials
import JSON

/// One of the messages of a streamed reply.
enum StreamedReply: Sendable {
    case piece(String)
    case answer(ChatAnswer)
    case failure(APIError)

    /// - Parameter payload: an `llm_delta`, `llm_response` or `llm_error`.
    init(_ payload: Data) {
        let bytes = Array(payload)
        if let piece = Self.piece(bytes) {
            self = .piece(piece)
            return
        }
        guard let fields = JSONValue.parse(bytes)?.object else {
            self = .failure(APIError(502, "The service's answer cannot be read.", code: "bad_answer"))
            return
        }
        self =
            fields["type"] == .string("llm_error")
            ? .failure(ServiceFailure.error(fields)) : .answer(ChatAnswer(fields))
    }

    /// Of a delta two fields are read and no value built: they come by the thousand.
    private static func piece(_ bytes: [UInt8]) -> String? {
        var reader = JSONReader(bytes)
        var isDelta = false
        var content: String?
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                try reader.fields { key, reader throws(JSONError) in
                    switch key {
                    case "type": isDelta = try reader.string() == "llm_delta"
                    case "content" where isDelta: content = try reader.string()
                    default: try reader.skip()
                    }
                }
            }
        } catch { return nil }
        return isDelta ? content ?? "" : nil
    }
}
