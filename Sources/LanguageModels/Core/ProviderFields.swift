import JSON

/// What a provider said in an assistant's message, or in one of its calls, in fields that are its own, as it was written:
/// DeepSeek's `reasoning_content`, Gemini's `extra_content` with a `thought_signature`, OpenRouter's `reasoning_details`,
/// Ollama's `thinking`.
///
/// The model needs them back when the message is part of a prompt, and no other model understands them.
public struct ProviderFields: Sendable, Hashable {
    /// Who said it, and who alone is told it again.
    package struct Origin: Sendable, Hashable {
        /// The provider, by its name in the configuration.
        package let provider: String
        /// The model, as it was asked for.
        package let model: String

        /// Creates an origin.
        package init(provider: String, model: String) { (self.provider, self.model) = (provider, model) }
    }

    /// The largest size of the fields of one message, in bytes. Of more nothing is kept: half a signature is none.
    static let maxBytes = 256 << 10
    /// The fields of a message, of a call and of its function that have a meaning for everybody.
    private static let common: Set<String> = [
        "role", "content", "name", "refusal", "images", "tool_calls", "function_call", "tool_call_id", "tool_name",
        "id", "index", "type", "arguments",
    ]

    /// Who said it.
    package let origin: Origin
    /// An object.
    private let object: RawJSON

    /// Creates the fields of an answer; nil where there are none.
    init?(_ fields: [(key: String, value: RawJSON)], from origin: Origin) {
        let own = fields.filter { !Self.common.contains($0.key) }
        guard !own.isEmpty else { return nil }
        let text = JSONWriter.object { $0.fields(own) }
        guard text.count <= Self.maxBytes, let object = RawJSON(text) else { return nil }
        (self.origin, self.object) = (origin, object)
    }

    /// Creates the fields that ``text`` stands for; nil where it is nothing of the kind.
    package init?(text: String) {
        guard text.utf8.count <= Self.maxBytes + 4096, let json = RawJSON(text),
            let provider = json["provider"]?.value.string, let model = json["model"]?.value.string,
            let fields = json["fields"]?.fields
        else { return nil }
        self.init(fields, from: Origin(provider: provider, model: model))
    }

    /// All of it as a text without a meaning to anybody else, which a caller keeps and sends back.
    package var text: String {
        let text = JSONWriter.object(capacity: object.bytes.count + 128) { writer in
            writer.field("provider", origin.provider)
            writer.field("model", origin.model)
            writer.field("fields") { $0.value(object) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The size in bytes.
    package var byteCount: Int { object.bytes.count }

    /// Returns what is to be sent back to a model: all of it where that is the one that said it, else nothing.
    func fields(for model: Origin) -> [(key: String, value: RawJSON)] { model == origin ? object.fields : [] }
}

extension JSONWriter {
    /// Writes the fields that are a model's own into a message, or into a call.
    ///
    /// - Parameter refused: those that the model was seen to refuse.
    mutating func providerFields(
        _ fields: ProviderFields?, for model: ProviderFields.Origin, refused: Set<String> = []
    ) {
        let own = fields?.fields(for: model) ?? []
        self.fields(own.filter { $0.key != "function" && !refused.contains($0.key) })
    }

    /// Writes those that belong into the `function` of a call.
    mutating func functionFields(_ fields: ProviderFields?, for model: ProviderFields.Origin) {
        let own = fields?.fields(for: model).first { $0.key == "function" }?.value.fields ?? []
        self.fields(own.filter { $0.key != "name" && $0.key != "arguments" })
    }
}
