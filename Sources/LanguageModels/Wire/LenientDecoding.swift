import FoundationEssentials

extension KeyedDecodingContainer {
    /// The value of a field that may be absent, null or of a wrong type, without losing the rest for it.
    func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        guard contains(key) else { return nil }
        return try? decode(type, forKey: key)
    }

    /// A number of tokens: absent and wrong ones are 0, and none is so large that a sum could overflow.
    func tokens(_ key: Key) -> Int { min(max(lenient(Int.self, key) ?? 0, 0), 1 << 40) }
}

/// Decodes answers: one decoder for all, for making one costs as much as decoding an answer. It holds no state.
enum AnswerDecoder {
    private static let decoder = JSONDecoder()

    /// The answer in a body; nil where it is not one JSON object in UTF-8.
    static func decode<Answer: Decodable>(_ type: Answer.Type, from body: Data) -> Answer? {
        // The decoder reads UTF-16 too, and finds bad UTF-8 only in the strings it is asked for.
        guard String(validating: body, as: UTF8.self) != nil else { return nil }
        return try? decoder.decode(type, from: body)
    }
}
