import FoundationEssentials
import JSON

/// What `POST /chat/completions` answers, in as far as we use it. Every field may be absent or of a type nobody expects.
struct ChatCompletionsAnswer: Decodable {
    private enum Key: String, CodingKey { case model, choices, usage, error }

    let model: String?
    /// Nil where there is no list of them.
    let choices: [Choice]?
    let usage: TokenUsage?
    let error: JSONValue?

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        model = fields.lenient(String.self, .model)
        choices = fields.lenient([Choice].self, .choices)
        usage = fields.lenient(Usage.self, .usage)?.tokens
        error = fields.lenient(JSONValue.self, .error)
    }

    /// One of the answers (we ask for one).
    struct Choice: Decodable {
        private enum Key: String, CodingKey { case message, finish = "finish_reason", error }

        let message: Message?
        let finishReason: String?
        /// OpenRouter: the model failed after it had begun.
        let error: JSONValue?

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            message = fields.lenient(Message.self, .message)
            finishReason = fields.lenient(String.self, .finish)
            error = fields.lenient(JSONValue.self, .error)
        }
    }

    /// The model's turn. Reasoning has fields of its own, which are not read.
    struct Message: Decodable {
        private enum Key: String, CodingKey { case content, refusal }

        /// Empty where it is null or absent.
        let content: String
        let refusal: String?

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            content = fields.lenient(String.self, .content) ?? fields.lenient(Parts.self, .content)?.text ?? ""
            refusal = fields.lenient(String.self, .refusal)
        }
    }

    private struct Usage: Decodable {
        private enum Key: String, CodingKey { case prompt = "prompt_tokens", completion = "completion_tokens" }

        let tokens: TokenUsage

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            tokens = TokenUsage(promptTokens: fields.tokens(.prompt), completionTokens: fields.tokens(.completion))
        }
    }

    /// Content as a list of parts: the texts are the answer, everything else (reasoning, images) is not.
    private struct Parts: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            text = try decoder.singleValueContainer().decode([Part].self).map(\.text).joined()
        }
    }

    private struct Part: Decodable {
        private enum Key: String, CodingKey { case type, text }

        let text: String

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            let type = fields.lenient(String.self, .type) ?? "text"
            text = type == "text" || type == "output_text" ? fields.lenient(String.self, .text) ?? "" : ""
        }
    }
}
