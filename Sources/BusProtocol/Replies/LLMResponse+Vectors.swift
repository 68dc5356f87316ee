import JSON

extension LLMResponse {
    /// The vectors of an answer to `embed`, and what came with them. They are read without a value of each number.
    package struct Vectors: Sendable {
        /// A vector for each text, in their order.
        package var vectors: [[Double]] = []
        /// How many tokens the texts have.
        package var promptTokens = 0
        private var provider = ""
        private var model = ""

        /// The model that made them, with its provider: `provider/model`.
        package var fullModel: String { "\(provider)/\(model)" }

        /// Returns the vectors of a payload; nil where it is no JSON object.
        package static func decode(_ payload: [UInt8]) -> Vectors? {
            var reader = JSONReader(Array(payload))
            var answer = Vectors()
            do throws(JSONError) {
                try reader.document { reader throws(JSONError) in
                    try reader.fields { key, reader throws(JSONError) in
                        switch key {
                        case "provider": answer.provider = try reader.string() ?? ""
                        case "model": answer.model = try reader.string() ?? ""
                        case "usage":
                            guard case .integer(let count)? = try reader.value().object?["prompt_tokens"] else { break }
                            answer.promptTokens = count
                        case "embeddings":
                            try reader.items { reader throws(JSONError) in
                                answer.vectors.append(try vector(&reader))
                            }
                        default: try reader.skip()
                        }
                    }
                }
            } catch { return nil }
            return answer
        }

        private static func vector(_ reader: inout JSONReader) throws(JSONError) -> [Double] {
            var vector: [Double] = []
            try reader.items { reader throws(JSONError) in
                switch try reader.value() {
                case .integer(let number): vector.append(Double(number))
                case .number(let number): vector.append(number)
                default: vector.append(0)
                }
            }
            return vector
        }
    }
}
