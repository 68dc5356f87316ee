import FoundationEssentials
import JSON

/// The vectors of an answer, and what they came with.
struct Vectors: Sendable {
    private(set) var vectors: [[Double]] = []
    private(set) var model = ""
    private(set) var tokens = 0

    /// Adds those of an answer of the service. False: there are none in it, or they are of another model.
    mutating func add(_ payload: Data) -> Bool {
        var reader = JSONReader(Array(payload))
        var (provider, name) = ("", "")
        var added: [[Double]] = []
        var spent = 0
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                try reader.fields { key, reader throws(JSONError) in
                    switch key {
                    case "provider": provider = try reader.string() ?? ""
                    case "model": name = try reader.string() ?? ""
                    case "usage": spent = Self.integer(try reader.value().object?["prompt_tokens"])
                    case "embeddings":
                        try reader.items { reader throws(JSONError) in added.append(try Self.vector(&reader)) }
                    default: try reader.skip()
                    }
                }
            }
        } catch { return false }
        let full = "\(provider)/\(name)"
        guard !added.isEmpty, model.isEmpty || model == full else { return false }
        model = full
        vectors += added
        tokens += spent
        return true
    }

    /// OpenAI's `CreateEmbeddingResponse`.
    func json(isBase64: Bool) -> [UInt8] {
        let numbers = vectors.count * (vectors.first?.count ?? 0)
        return JSONWriter.object(capacity: 256 + vectors.count * 64 + numbers * (isBase64 ? 6 : 20)) { writer in
            writer.field("object", "list")
            writer.field("data") { writer in
                writer.array { writer in
                    for (index, vector) in vectors.enumerated() {
                        writer.object { writer in
                            writer.field("object", "embedding")
                            writer.field("index", index)
                            writer.field("embedding") { Self.write(vector, isBase64: isBase64, to: &$0) }
                        }
                    }
                }
            }
            writer.field("model", model)
            writer.field("usage") { writer in
                writer.object { writer in
                    writer.field("prompt_tokens", tokens)
                    writer.field("total_tokens", tokens)
                }
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

    private static func integer(_ value: JSONValue?) -> Int {
        if case .integer(let number)? = value { number } else { 0 }
    }
}
