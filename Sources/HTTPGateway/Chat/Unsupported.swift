import JSON

/// What OpenAI's interface has, and this service cannot do: better refused than left out in silence.
enum Unsupported {
    static func check(_ object: [String: JSONValue]) throws(APIError) {
        if let count = object["n"], count != .null, count != .integer(1) {
            throw .unsupported("n", "only one answer can be asked for (1)")
        }
        if object["logprobs"] == .bool(true) { throw .unsupported("logprobs", "probabilities are not available") }
        for (field, why) in [
            ("logit_bias", "not available"), ("functions", "use tools"), ("function_call", "use tool_choice"),
            ("audio", "only text can be answered"), ("web_search_options", "not available"),
        ] where !isVoid(object[field]) {
            throw .unsupported(field, why)
        }
        if case .array(let kinds)? = object["modalities"], kinds.contains(where: { $0 != .string("text") }) {
            throw .unsupported("modalities", "only text can be answered")
        }
    }

    private static func isVoid(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null?, .array([])?, .object([:])?: true
        default: false
        }
    }
}
