import BusProtocol
import FoundationEssentials
import JSON

/// The vectors of an answer, and what they came with.
struct Vectors: Sendable {
    private(set) var vectors: [[Double]] = []
    private(set) var model = ""
    private(set) var tokens = 0

    /// Adds those of an answer of the service. False: there are none in it, or they are of another model.
    mutating func add(_ answer: LLMResponse.Vectors) -> Bool {
        guard !answer.vectors.isEmpty, model.isEmpty || model == answer.fullModel else { return false }
        model = answer.fullModel
        vectors += answer.vectors
        tokens += answer.promptTokens
        return true
    }

    /// OpenAI's `CreateEmbeddingResponse`.
    func json(isBase64: Bool) -> [UInt8] {
        let numbers = vectors.count * (vectors.first?.count ?? 0)
        return JSONWriter.object(capacity: 256 + vectors.count * 64 + numbers * (isBase64 ? 6 : 20)) { writer in
            writer.field("object", "list")
            writer.objects("data", vectors.enumerated()) { writer, item in
                let (index, vector) = item
                writer.field("object", "embedding")
                writer.field("index", index)
                writer.field("embedding") { Self.write(vector, isBase64: isBase64, to: &$0) }
            }
            writer.field("model", model)
            writer.object("usage") { writer in
                writer.field("prompt_tokens", tokens)
                writer.field("total_tokens", tokens)
            }
        }
    }

    /// In base64: numbers of 32 bits, the lowest byte first.
    private static func write(_ vector: [Double], isBase64: Bool, to writer: inout JSONWriter) {
        guard isBase64 else { return writer.array { writer in for number in vector { writer.number(number) } } }
        var bytes = Data(capacity: vector.count * 4)
        for number in vector {
            let bits = Float(number).bitPattern
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        writer.string(bytes.base64EncodedString())
    }
}
