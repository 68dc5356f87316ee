import Conversations
import JSON
import LLMService

extension RequestMessage {
    /// The fields of `remember`, `recall` and `forget`.
    ///
    /// `user_id` is whom it is about, where that is not who asks: the author of what is remembered or looked for. A request
    /// that names nobody is the operator's own, and may have anything forgotten.
    static func memory(
        _ verb: MemoryVerb, _ reader: inout MessageReader, _ speaker: String?, _ admins: Set<String>
    ) throws(LLMError) -> MemoryRequest {
        let user = reader.fields.string("user_id", maxBytes: 256)
        switch verb {
        case .remember:
            let text = reader.fields.requiredString(reader.fields.value("content") == nil ? "message" : "content")
            let category = category(&reader)
            let importance = reader.fields.integer(
                "importance", in: Memory.importances, as: "a whole number from 1 to 5")
            if let error = reader.error { throw error }
            return .remember(
                text ?? "", category: category, importance: importance ?? 1, author: user ?? speaker)
        case .recall:
            let query = reader.fields.requiredString("query", maxBytes: Memory.maxBytes)
            let limit = reader.fields.integer(
                "limit", in: 1...MemoryBook.maxMemories, as: "a whole number from 1 to \(MemoryBook.maxMemories)")
            if let error = reader.error { throw error }
            return .recall(query ?? "", author: user, limit: limit ?? 5, user: speaker)
        case .forget:
            let id = reader.fields.requiredString("memory_id", maxBytes: 64)
            let isNamed = user != nil || reader.fields.value("username") != nil
            if let error = reader.error { throw error }
            let asker = user ?? speaker
            return .forget(id ?? "", by: asker, isAdmin: !isNamed || asker.map(admins.contains) ?? false)
        }
    }

    private static func category(_ reader: inout MessageReader) -> Memory.Category {
        guard let name = reader.fields.string("category") else { return .fact }
        if let category = Memory.Category(rawValue: name) { return category }
        reader.fields.fault("category", expected: "fact, preference or topic", got: .string(name))
        return .fact
    }
}
