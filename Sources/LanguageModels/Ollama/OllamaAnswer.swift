import FoundationEssentials
import JSON

/// What `/api/chat` and `/api/generate` answer (Ollama, `api/types.go`: `ChatResponse`, `GenerateResponse`). What the model
/// thought has fields of its own (`thinking`), which are not read.
struct OllamaAnswer: Decodable {
    private enum Key: String, CodingKey {
        case model, message, response, done, error
        case doneReason = "done_reason"
        case prompt = "prompt_eval_count"
        case completion = "eval_count"
    }

    let model: String?
    let content: String
    let isDone: Bool
    let doneReason: String?
    let usage: TokenUsage
    let error: JSONValue?

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        model = fields.lenient(String.self, .model)
        content = fields.lenient(Message.self, .message)?.content ?? fields.lenient(String.self, .response) ?? ""
        isDone = fields.lenient(Bool.self, .done) ?? false
        doneReason = fields.lenient(String.self, .doneReason)
        // A counter that is zero is left out.
        usage = TokenUsage(promptTokens: fields.tokens(.prompt), completionTokens: fields.tokens(.completion))
        error = fields.lenient(JSONValue.self, .error)
    }

    private struct Message: Decodable {
        private enum Key: String, CodingKey { case content }

        let content: String?

        init(from decoder: any Decoder) throws {
            content = try decoder.container(keyedBy: Key.self).lenient(String.self, .content)
        }
    }
}

/// `GET /api/tags`: `{"models":[{"name":…,"model":…}]}`.
struct OllamaTags: Decodable {
    private enum Key: String, CodingKey { case models }

    let names: [String]

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        // Null where nothing is installed, at some versions.
        names = (try fields.decodeIfPresent([Tag].self, forKey: .models) ?? []).compactMap(\.name)
    }

    private struct Tag: Decodable {
        private enum Key: String, CodingKey { case model, name }

        let name: String?

        init(from decoder: any Decoder) throws {
            let fields = try? decoder.container(keyedBy: Key.self)
            name = fields?.lenient(String.self, .model) ?? fields?.lenient(String.self, .name)
        }
    }
}
