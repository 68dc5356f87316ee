import FoundationEssentials
import HTTPServing
import JSON
import Synchronization

/// A server with OpenAI's interface whose models each do one thing: what stands behind the proxy.
///
/// All that they say of a failure has the word ``mark`` in it, which no room may read.
final class FakeModels: Sendable {
    /// A word of the upstream's own.
    static let mark = "hunter2"
    /// The models that refuse, and how.
    static let refusals: [String: (status: Int, error: String)] = [
        "too-long": (
            400,
            #"{"message":"This model's maximum context length is 8192 tokens. hunter2","type":"invalid_request_error","code":"context_length_exceeded"}"#
        ),
        "limited": (429, #"{"message":"Rate limit reached hunter2","type":"requests","code":"rate_limit_exceeded"}"#),
        "also-limited": (429, #"{"message":"Rate limit reached hunter2","type":"requests"}"#),
        "used-up": (
            429,
            #"{"message":"You exceeded your current quota hunter2","type":"insufficient_quota","code":"insufficient_quota"}"#
        ),
        "broken": (500, #"{"message":"boom hunter2","type":"server_error"}"#),
        "busy": (503, #"{"message":"overloaded hunter2","type":"overloaded_error"}"#),
        "wrong-key": (401, #"{"message":"Incorrect API key provided: hunter2","code":"invalid_api_key"}"#),
        "gone": (
            404,
            #"{"message":"The model `gone` does not exist hunter2","type":"invalid_request_error","code":"model_not_found"}"#
        ),
        "indecent": (
            400,
            #"{"message":"Your request was rejected as a result of our safety system hunter2","type":"invalid_request_error","code":"content_policy_violation"}"#
        ),
    ]

    private let requests = Mutex<[(path: String, body: JSONValue)]>([])
    private let closed = AsyncStream.makeStream(of: Void.self)

    /// The bodies sent for a model, as objects.
    func bodies(_ model: String) -> [[String: JSONValue]] {
        requests.withLock { $0 }.compactMap { $0.body.object }.filter { $0["model"] == .string(model) }
    }

    /// Ends when the answer of the model `endless` was broken off by whoever reads it.
    func endlessIsLeft() async {
        for await _ in closed.stream { return }
    }

    /// Answers a request.
    @Sendable func answer(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        guard let body = JSONValue.parse(request.body), let fields = body.object,
            case .string(let model)? = fields["model"]
        else { return HTTPServerResponse(400, text: "no model") }
        requests.withLock { $0.append((request.path, body)) }
        if request.path.hasSuffix("/embeddings") {
            return json(
                200,
                #"{"object":"list","data":[{"index":0,"embedding":[0.5,-1]},{"index":1,"embedding":[0.25,2]}],"model":"vectors","usage":{"prompt_tokens":4,"total_tokens":4}}"#
            )
        }
        if let refusal = Self.refusals[model] {
            return json(
                refusal.status, #"{"error":\#(refusal.error)}"#, refusal.status == 429 ? [("Retry-After", "7")] : [])
        }
        if model == "page" { return HTTPServerResponse(502, text: "<html>hunter2</html>", type: "text/html") }
        if model == "reasoner", fields["temperature"] != nil {
            return json(
                400,
                #"{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#
            )
        }
        return stream(model, request)
    }

    private func json(_ status: Int, _ text: String, _ headers: [(name: String, value: String)] = [])
        -> HTTPServerResponse
    {
        HTTPServerResponse(status, text: text, type: "application/json", headers: headers)
    }

    /// An answer in three pieces, its end, and what it cost.
    private func stream(_ model: String, _ request: HTTPServerRequest) -> HTTPServerResponse {
        HTTPServerResponse(headers: [("Content-Type", "text/event-stream")]) { [closed] writer in
            func chunk(_ choices: String, _ more: String = "") async throws {
                let head = #""id":"x","object":"chat.completion.chunk","created":1,"model":"\#(model)""#
                try await writer.write("data: {\(head),\"choices\":[\(choices)]\(more)}\n\n")
            }
            try await chunk(#"{"index":0,"delta":{"role":"assistant","content":""}}"#)
            for text in ["Hel", "lo ", "日本"] { try await chunk(#"{"index":0,"delta":{"content":"\#(text)"}}"#) }
            switch model {
            case "failing":
                try await writer.write(
                    "data: {\"error\":{\"message\":\"overloaded hunter2\",\"type\":\"server_error\"}}\n\n")
            case "endless":
                await request.closed()
                closed.continuation.finish()
            default:
                let reason = model == "cut-short" ? "length" : "stop"
                try await chunk(#"{"index":0,"delta":{},"finish_reason":"\#(reason)"}"#)
                try await chunk("", #","usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}"#)
                try await writer.write("data: [DONE]\n\n")
            }
        }
    }
}
