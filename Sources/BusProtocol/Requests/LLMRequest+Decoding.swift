package import JSON
import LLMService
import ServiceRuntime

extension LLMRequest {
    /// Decodes a message on `llm.request` or `llm.job` (documented in Protocol.md), as ``Endpoint/decode(_:_:reply:limits:)``.
    package static func decode(
        _ object: JSONObject?, reply: String?, limits: RequestLimits
    ) -> DecodedRequest {
        guard let object else { return .noObject(reply: reply) }
        var reader = RequestReader(object, reply: reply)
        reader.requestID()
        reader.replyTo()
        reader.stream()
        guard case .string(let word)? = object["action"], let action = Action(rawValue: word) else {
            _ = reader.channel(channelField, required: false)
            reader.user(Spelling.user)
            return DecodedRequest(&reader) { reader, _ throws(LLMError) in throw unknownAction(&reader) }
        }
        reader.context.action = word
        let channel = reader.channel(channelField, required: action.needsChannel)
        reader.user(Spelling.user)
        reader.scope(word, channel ?? "")
        return DecodedRequest(&reader, kind: action.kind) { reader, options throws(LLMError) in
            try operation(action, channel, &reader, &options, limits)
        }
    }

    private static let channelField = ["channel_id"]

    private static func unknownAction(_ reader: inout RequestReader) -> LLMError {
        if case .string(let word)? = reader.fields.raw("action") {
            return LLMError(.unknownAction, "Unknown action: \(word.excerpt)")
        }
        let words = Action.allCases.map(\.rawValue).joined(separator: ", ")
        reader.fields.fault("action", expected: "one of \(words)", got: reader.fields.raw("action"))
        return reader.error ?? LLMError(.invalidRequest, "action: expected one of \(words)")
    }

    private static func operation(
        _ action: Action, _ channel: String?, _ reader: inout RequestReader, _ options: inout RequestOptions,
        _ limits: RequestLimits
    ) throws(LLMError) -> Operation {
        switch action {
        case .chat, .complete, .summarize, .embed:
            return .generate(try reader.work(action, channel: channel, &options, limits))
        case .reset: return .reset(channel: channel ?? "")
        case .persona:
            let persona = reader.fields.string("persona", maxBytes: 128)
            guard let persona else { return .personas(channel: channel) }
            return .setPersona(persona, channel: channel ?? "")
        case .models: return .models(provider: reader.fields.string("provider", maxBytes: 128))
        case .status: return .status
        case .remember, .recall, .forget:
            let verb = MemoryVerb(rawValue: action.rawValue) ?? .remember
            return .memory(reader.memory(verb, limits.admins), channel: channel ?? "")
        case .cancel:
            let target = reader.fields.string("request_id", maxBytes: ReplyContext.maxIDBytes)
            guard let order = target.map(StopOrder.request) ?? channel.map(StopOrder.channel) else {
                throw reader.error
                    ?? LLMError(.invalidRequest, "request_id: expected a request to cancel, got nothing")
            }
            // The id is that of another request.
            reader.makeID()
            return .cancel(order)
        }
    }
}

extension LLMRequest.Action {
    /// Whether it is of no use without a channel.
    var needsChannel: Bool {
        switch self {
        case .chat, .reset, .persona, .remember, .recall, .forget: true
        case .complete, .summarize, .embed, .models, .status, .cancel: false
        }
    }

    /// The kind of its operation: it has the same name.
    var kind: Operation.Kind { Operation.Kind(rawValue: rawValue) ?? .unknown }
}
