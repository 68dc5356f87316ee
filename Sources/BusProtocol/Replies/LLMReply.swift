package import JSON

/// A message that answers a request, as its receiver reads it.
package enum LLMReply: Sendable {
    case response(LLMResponse)
    case failure(LLMFailure)
    case delta(LLMDelta)

    /// Returns what a payload says; nil where it is none of these.
    package static func decode(_ payload: [UInt8]) -> LLMReply? {
        // Deltas come by the thousand, and of them no value is built.
        if payload.starts(with: LLMDelta.beginning) { return LLMDelta.decode(payload).map(LLMReply.delta) }
        guard let fields = JSONValue.parse(payload)?.object else { return nil }
        return switch fields["type"]?.string {
        case LLMFailure.type?: .failure(LLMFailure(fields))
        case LLMDelta.type?: LLMDelta.decode(payload).map(LLMReply.delta)
        case LLMResponse.type?, nil: .response(LLMResponse(fields: fields))
        default: nil
        }
    }

    /// The channel, where it is a name.
    package var channel: String? {
        switch self {
        case .response(let response): response.channel
        case .failure(let failure): failure.channel
        case .delta(let delta): delta.channel
        }
    }
}

extension LLMResponse {
    /// The answer's text.
    package var content: String { string("content") ?? "" }
    /// The id of the request that is answered.
    package var requestID: String { string("request_id") ?? "" }
    /// The channel, where it is a name.
    package var channel: String? { string("channel_id").flatMap { $0.isEmpty ? nil : $0 } }
    /// What was asked for, in the word of `llm.request`.
    package var action: String { string("action") ?? "" }
    /// Who asked.
    package var username: String { string("username") ?? "" }
    /// The model that answered, with its provider, as it can be asked for: `provider/model`.
    package var fullModel: String {
        let model = string("model") ?? ""
        return string("provider").map { "\($0)/\(model)" } ?? model
    }
    /// The personas that there are, where these were asked for.
    package var personas: [String]? { JSONValue.strings(fields["personas"]) }
    /// Why the model stopped, as the provider says it.
    package var finishReason: String? { string("finish_reason") }
    /// The tokens spent: an object, as OpenAI writes it.
    package var usage: JSONValue? { fields["usage"].flatMap { $0.object == nil ? nil : $0 } }
    /// The tools that are to be called, as OpenAI writes them.
    package var toolCalls: JSONValue? { fields["tool_calls"] }
    /// What has to come back with the answer where it is part of a prompt.
    package var providerFields: String? { string("provider_fields") }
    /// The models that there are, where these were asked for.
    package var models: [(provider: String, id: String)]? { JSONValue.models(fields["models"]) }
    /// Whether the service is of use, where that was asked for.
    package var isHealthy: Bool { fields["healthy"] == .bool(true) }
    /// The providers that cannot be asked now, where that was asked for.
    package var unavailableProviders: [String] {
        guard case .array(let providers)? = fields["providers"] else { return [] }
        return providers.compactMap { provider in
            guard let fields = provider.object, fields["available"] != .bool(true) else { return nil }
            return fields["name"]?.string ?? ""
        }
    }

    /// Writes the fields that say how the answer came about, as far as they are set.
    package func writeMeasures(to writer: inout JSONWriter) {
        for field in [
            "provider", "model", "persona", "finish_reason", "usage", "latency_ms", "ttft_ms", "tokens_per_s", "cached",
        ] where fields[field] != .null {
            writer.field(field, ifSet: fields[field])
        }
    }

    private func string(_ field: String) -> String? { fields[field]?.string }
}

extension JSONValue {
    /// Returns the strings of a list; nil if the value is not a list of strings.
    static func strings(_ value: JSONValue?) -> [String]? {
        guard case .array(let items)? = value else { return nil }
        return items.compactMap(\.string)
    }

    /// Returns the models of a list; nil if the value is not a list of models.
    static func models(_ value: JSONValue?) -> [(provider: String, id: String)]? {
        guard case .array(let items)? = value else { return nil }
        return items.compactMap { item in
            guard let id = item.object?["id"]?.string, let provider = item.object?["provider"]?.string else {
                return nil
            }
            return (provider, id)
        }
    }
}
