import FoundationEssentials
import JSON

/// The vectors in an answer: as many as texts were sent, none empty, all of one length.
struct EmbeddingVectors {
    /// The most bytes of an answer with so many vectors: 8192 numbers of 24 characters each are beyond every model.
    static func maxBytes(count: Int) -> Int { 65_536 + count * 8192 * 24 }

    /// In the order of the texts.
    let all: [[Double]]

    /// `{"data":[{"index":0,"embedding":[…]}]}` (OpenAI's OpenAPI file, `CreateEmbeddingResponse`); nil for anything else.
    init?(openAI value: JSONValue, count: Int) {
        guard let items = value["data"]?.items, items.count == count else { return nil }
        var vectors = [[Double]](repeating: [], count: count)
        for (position, item) in items.enumerated() {
            var index = position
            if case .integer(let given)? = item["index"] { index = given }
            guard vectors.indices.contains(index), let vector = Self.vector(item["embedding"]) else { return nil }
            vectors[index] = vector
        }
        self.init(vectors)
    }

    /// `{"embeddings":[[…]]}` (Ollama, `api/types.go`: `EmbedResponse`); nil for anything else.
    init?(ollama value: JSONValue, count: Int) {
        guard let items = value["embeddings"]?.items, items.count == count else { return nil }
        self.init(items.compactMap(Self.vector))
        guard all.count == count else { return nil }
    }

    private init?(_ vectors: [[Double]]) {
        guard let length = vectors.first?.count, length > 0, vectors.allSatisfy({ $0.count == length }) else {
            return nil
        }
        all = vectors
    }

    private static func vector(_ value: JSONValue?) -> [Double]? {
        guard let items = value?.items else { return nil }
        let numbers = items.compactMap { item -> Double? in
            switch item {
            case .integer(let integer): Double(integer)
            case .number(let number): number
            default: nil
            }
        }
        return numbers.count == items.count ? numbers : nil
    }
}

/// A server's list of its models: `GET /models` of the OpenAI wire, `{"data":[{"id":…}]}`, a bare list at some servers;
/// `GET /api/tags` of Ollama, `{"models":[{"name":…,"model":…}]}`.
enum ModelList {
    /// The ids, in the server's order; nil where the body is no such list.
    static func openAI(_ body: Data) -> [String]? {
        guard let value = JSONValue.parse(body), let items = value.items ?? value["data"]?.items else { return nil }
        return items.compactMap { $0["id"]?.string }
    }

    /// The names, in the server's order; nil where the body is no such list.
    static func ollama(_ body: Data) -> [String]? {
        // Null where nothing is installed, at some versions.
        guard let fields = JSONValue.parse(body)?.object, let models = fields["models"] else { return nil }
        guard let items = models == .null ? [] : models.items else { return nil }
        return items.compactMap { $0["model"]?.string ?? $0["name"]?.string }
    }
}
