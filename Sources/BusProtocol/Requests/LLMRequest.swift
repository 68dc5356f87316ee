package import JSON

/// A request on `llm.request` or `llm.job` (documented in Protocol.md), as its sender builds it.
package struct LLMRequest: Sendable {
    /// What is asked for.
    package enum Action: String, Sendable, CaseIterable {
        case chat, complete, summarize, reset, persona, cancel, models, embed, status, remember, recall, forget
    }

    /// A message of a list of messages.
    package struct Message: Sendable {
        /// `system`, `user`, `assistant` or `tool`.
        package var role: String
        /// The text.
        package var content: String
        /// Data URLs, base64 or web addresses.
        package var images: [String]
        /// As OpenAI writes them.
        package var toolCalls: RawJSON?
        /// The call whose result this is, in a message of the role `tool`.
        package var toolCallID: String?
        /// What the answer that this is gave to be sent back.
        package var providerFields: String?

        /// Creates a message.
        package init(
            role: String, content: String, images: [String] = [], toolCalls: RawJSON? = nil, toolCallID: String? = nil,
            providerFields: String? = nil
        ) {
            (self.role, self.content, self.images) = (role, content, images)
            (self.toolCalls, self.toolCallID, self.providerFields) = (toolCalls, toolCallID, providerFields)
        }
    }

    /// What is asked for.
    package var action: Action
    /// The channel whose conversation it belongs to, if it belongs to one.
    package var channelID: String?
    /// The user who asks.
    package var username: String?
    /// The plugin that asks, if no user does.
    package var plugin: String?
    /// The request's id; nil to have one made.
    package var requestID: String?
    /// A further subject for the answer.
    package var replyTo: String?
    /// The message of the one who asks.
    package var message: String?
    /// The messages of a prompt, instead of ``message``.
    package var messages: [Message] = []
    /// The texts to embed.
    package var input: ArraySlice<String> = []
    /// Whether pieces of the answer are wanted.
    package var isStreamed = false
    /// How long everything may take; nil for the service's own bound.
    package var timeout: Duration?
    /// `model` or `provider/model`.
    package var model: String?
    /// The name of a provider.
    package var provider: String?
    /// 0 to 2.
    package var temperature: Double?
    /// The longest answer, in tokens.
    package var maxTokens: Int?
    /// The model stops where it would write one of these.
    package var stop: [String] = []
    /// `response_format`, `tools` and `tool_choice`, as OpenAI writes them.
    package var format: RawJSON?
    /// The tools that the model may ask for.
    package var tools: RawJSON?
    /// Whether a tool has to be called, and which.
    package var toolChoice: RawJSON?

    /// Creates a request.
    package init(
        _ action: Action, channelID: String? = nil, username: String? = nil, requestID: String? = nil,
        message: String? = nil
    ) {
        (self.action, self.channelID, self.username) = (action, channelID, username)
        (self.requestID, self.message) = (requestID, message)
    }

    /// Returns the payload.
    package func encode() -> [UInt8] {
        JSONWriter.object(capacity: size) { writer in
            writer.field("action", action.rawValue)
            writer.field("channel_id", ifSet: channelID)
            writer.field("username", ifSet: username)
            writer.field("plugin", ifSet: plugin)
            writer.field("request_id", ifSet: requestID)
            writer.field("reply_to", ifSet: replyTo)
            writer.field("message", ifSet: message)
            if !messages.isEmpty { writer.objects("messages", messages) { $1.write(to: &$0) } }
            if !input.isEmpty { writer.list("input", input) { $0.string($1) } }
            if isStreamed { writer.field("stream", true) }
            if let timeout { writer.field("timeout_s", timeout / .seconds(1)) }
            writer.field("model", ifSet: model)
            writer.field("provider", ifSet: provider)
            if let temperature { writer.field("temperature", temperature) }
            if let maxTokens { writer.field("max_tokens", maxTokens) }
            if !stop.isEmpty { writer.field("stop") { $0.strings(stop) } }
            writer.field("response_format", ifSet: format)
            writer.field("tools", ifSet: tools)
            writer.field("tool_choice", ifSet: toolChoice)
        }
    }

    /// About its size as JSON, in bytes.
    private var size: Int {
        let texts = messages.reduce(256 + (message?.utf8.count ?? 0)) { $0 + $1.size }
        return input.reduce(texts) { $0 + $1.utf8.count + 4 }
    }
}

extension LLMRequest.Message {
    /// About its size as JSON, in bytes.
    fileprivate var size: Int { images.reduce(96 + content.utf8.count) { $0 + $1.utf8.count } }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.field("role", role)
        writer.field("content", content)
        if !images.isEmpty { writer.field("images") { $0.strings(images) } }
        writer.field("tool_calls", ifSet: toolCalls)
        writer.field("tool_call_id", ifSet: toolCallID)
        writer.field("provider_fields", ifSet: providerFields)
    }
}
