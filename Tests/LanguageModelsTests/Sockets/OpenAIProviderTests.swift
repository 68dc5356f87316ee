import HTTPServing
import HTTPTransport
import LanguageModels
import ServiceRuntime
import Testing

@Suite("OpenAI and OpenRouter, over the wire")
struct OpenAIProviderTests {
    private static let hi = #"{"model":"m-1","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#
    private let request = CompletionRequest(
        .messages([ChatMessage(.user, "Hello")]), temperature: 0.7, maxTokens: 50, stop: ["END"])

    @Test("OpenAI: sends the key and the organization, and answers")
    func openAI() async throws {
        try await withServer(200, Self.hi) { base, received in
            let provider = OpenAIProvider(apiKey: "key-17\n", baseURL: base + "/v1/", organization: "org")
            let pieces = Pieces()
            let answer = try await provider.complete(request, deltas: pieces.add)
            #expect(answer.untimed == Completion("Hi", model: "m-1"))
            #expect(answer.timing.map { $0.firstToken > .zero && $0.total >= $0.firstToken } == true)
            #expect(pieces.all == ["Hi"])
            let sent = try #require(received.all.first)
            #expect(received.lines == ["POST /v1/chat/completions"])
            #expect(sent.header("Authorization") == "Bearer key-17")
            #expect(sent.header("OpenAI-Organization") == "org")
            #expect(received.bodies[0].contains(#""max_tokens":50"#))
        }
    }

    @Test("OpenAI: sends no key where there is none, and sends a plain prompt as a message")
    func withoutKey() async throws {
        try await withServer(200, Self.hi) { base, received in
            let provider = OpenAIProvider(apiKey: "", baseURL: base)
            _ = try await provider.complete(CompletionRequest(.text("p", system: "s")), deltas: nil)
            #expect(received.all.first?.header("Authorization") == nil)
            #expect(received.all.first?.header("OpenAI-Organization") == nil)
            #expect(received.lines == ["POST /chat/completions"])
            #expect(received.bodies[0].contains(#"{"role":"system","content":"s"},{"role":"user","content":"p"}"#))
        }
    }

    @Test("OpenRouter: says whose it is, and believes who answered")
    func openRouter() async throws {
        try await withServer(200, Self.hi) { base, received in
            let provider = OpenRouterProvider(apiKey: "key-17", baseURL: base, siteURL: "https://example.org")
            let answer = try await provider.complete(request, deltas: nil)
            #expect(answer.model == "m-1")
            let sent = try #require(received.all.first)
            #expect(sent.header("Authorization") == "Bearer key-17")
            #expect(sent.header("HTTP-Referer") == "https://example.org")
            #expect(sent.header("X-OpenRouter-Title") == "Rosey-Robot")
            #expect(sent.header("X-Title") == "Rosey-Robot")
            #expect(received.bodies[0].contains(#""model":"anthropic/claude-3-sonnet""#))
        }
    }

    @Test(
        "list the models",
        arguments: [
            (#"{"object":"list","data":[{"id":"a"},{"id":7},{"id":"b","object":"model"}]}"#, ["a", "b"]),
            (#"[{"id":"a"}]"#, ["a"]), (#"{"data":[]}"#, []),
        ])
    func models(body: String, ids: [String]) async throws {
        try await withServer(200, body) { base, received in
            let openAI = OpenAIProvider(baseURL: base)
            let openRouter = OpenRouterProvider(apiKey: "k", baseURL: base)
            let direct = try await openAI.models()
            #expect(direct == ids)
            let routed = try await openRouter.models()
            #expect(routed == ids)
            #expect(await openAI.isAvailable())
            #expect(await openRouter.isAvailable())
            #expect(await !OpenRouterProvider(apiKey: nil, baseURL: base).isAvailable())
            #expect(Set(received.lines) == ["GET /models"])
        }
    }

    @Test("leave out what a model refuses, and remember it")
    func refusedFields() async throws {
        try await withServer({ request in
            if request.body.contains(#""temperature""#.utf8) {
                let body =
                    #"{"error":{"message":"Unsupported value","param":"temperature","code":"unsupported_value"}}"#
                return HTTPServerResponse(400, text: body)
            }
            if request.body.contains(#""max_tokens""#.utf8) {
                return HTTPServerResponse(
                    400,
                    text: #"{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."}}"#)
            }
            return HTTPServerResponse(text: Self.hi)
        }) { base, received in
            let provider = OpenAIProvider(baseURL: base)
            for _ in 0..<2 {
                let answer = try await provider.complete(request, deltas: nil)
                #expect(answer.content == "Hi")
            }
            #expect(received.bodies.map { $0.contains("temperature") } == [true, false, false, false])
            #expect(received.bodies.map { $0.contains(#""max_tokens""#) } == [true, true, false, false])
            #expect(received.bodies.map { $0.contains("max_completion_tokens") } == [false, false, true, true])
        }
    }

    @Test(
        "ask for the whole of an answer that streams nothing", arguments: ["", "\r\n", ": ping\r\n\r\n: ping\r\n\r\n"])
    func emptyStream(body: String) async throws {
        // llama-cpp-python's server, whatever goes wrong once it streams.
        let tooLong =
            #"{"error":{"message":"This model's maximum context length is 512 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#
        try await withServer({ request in
            request.body.contains(#""stream":true"#.utf8)
                ? HTTPServerResponse(text: body, type: "text/event-stream")
                : request.body.contains(#""max_tokens":50"#.utf8)
                    ? HTTPServerResponse(400, text: tooLong) : HTTPServerResponse(text: Self.hi)
        }) { base, received in
            let provider = OpenAIProvider(baseURL: base)
            let error = await #expect(throws: ProviderError.self) { try await provider.complete(request, deltas: nil) }
            #expect(error?.code == .tooLong && error?.status == 400)
            let pieces = Pieces()
            let answer = try await provider.complete(CompletionRequest(.text("p", system: nil)), deltas: pieces.add)
            #expect(answer.content == "Hi" && pieces.all == ["Hi"])
            #expect(received.bodies.map { $0.contains(#""stream":true"#) } == [true, false, true, false])
            #expect(received.bodies.map { $0.contains("stream_options") } == [true, false, true, false])
        }
    }

    @Test("ask once for an answer that broke off, and for what is none", arguments: ["data: {}\n\n", "<html>", "["])
    func brokenStream(body: String) async throws {
        try await withServer(200, body) { base, received in
            await #expect(throws: ProviderError.self) {
                try await OpenAIProvider(baseURL: base).complete(request, deltas: nil)
            }
            #expect(received.all.count == 1)
        }
    }

    @Test(
        "give a schema in another way where the first is refused, and none where that is too", arguments: [false, true])
    func schema(refusesBoth: Bool) async throws {
        // As llama-cpp-python's server says it.
        let refusal =
            #"{"error":{"message":"1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}","type":"internal_server_error","param":null,"code":null}}"#
        try await withServer({ request in
            let isRefused =
                request.body.contains("json_schema".utf8)
                || refusesBoth && request.body.contains("response_format".utf8)
            return isRefused ? HTTPServerResponse(500, text: refusal) : HTTPServerResponse(text: Self.hi)
        }) { base, received in
            let provider = OpenAIProvider(baseURL: base)
            var request = CompletionRequest(.text("p", system: nil))
            request.format = ResponseFormat(schemaText: #"{"type":"object"}"#)
            for _ in 0..<2 {
                let answer = try await provider.complete(request, deltas: nil)
                #expect(answer.content == "Hi")
            }
            let older = #""response_format":{"type":"json_object","schema":{"type":"object"}}"#
            #expect(received.bodies.count == (refusesBoth ? 4 : 3))
            #expect(received.bodies[1].contains(older))
            #expect(received.bodies.dropFirst(2).allSatisfy { $0.contains(older) != refusesBoth })
            #expect(received.bodies.dropFirst(2).allSatisfy { $0.contains("response_format") != refusesBoth })
        }
    }

    @Test("do not try for ever to please a server that refuses everything")
    func stubborn() async throws {
        try await withServer(
            400, #"{"error":"unsupported: temperature, max_tokens, max_completion_tokens, 'stop'"}"#
        ) { base, received in
            let error = await #expect(throws: ProviderError.self) {
                try await OpenAIProvider(baseURL: base).complete(request, deltas: nil)
            }
            #expect(error?.code == .invalidRequest)
            // Each of the three, and both names of the largest answer.
            #expect(received.all.count == 5)
        }
    }

    @Test("tell how long to wait")
    func rateLimit() async throws {
        let headers = [(name: "Retry-After", value: "7.5")]
        let body = #"{"error":{"message":"slow","code":"rate_limit_exceeded"}}"#
        try await withServer(429, body, headers: headers) { base, _ in
            let error = await #expect(throws: ProviderError.self) {
                try await OpenAIProvider(baseURL: base).complete(request, deltas: nil)
            }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .milliseconds(7500))
            #expect(error?.status == 429)
            #expect(error?.isRetryable == true)
        }
        let metadata = #"{"error":{"code":429,"message":"slow","metadata":{"retry_after_seconds":17}}}"#
        try await withServer(429, metadata) { base, _ in
            let error = await #expect(throws: ProviderError.self) {
                try await OpenRouterProvider(apiKey: "k", baseURL: base).complete(request, deltas: nil)
            }
            #expect(error?.retryAfter == .seconds(17))
        }
    }

    @Test("believe a server that another try is useless")
    func shouldNotRetry() async throws {
        try await withServer(500, "no", headers: [(name: "x-should-retry", value: "false")]) { base, _ in
            let error = await #expect(throws: ProviderError.self) {
                try await OpenAIProvider(baseURL: base).complete(request, deltas: nil)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.isRetryable == false)
        }
    }

    @Test("keep the key to themselves, also where the server echoes it")
    func echo() async throws {
        let key = "key-aVeryLongOne-17"
        let body = #"{"error":{"message":"Incorrect API key provided: \#(key)","code":"invalid_api_key"}}"#
        try await withServer(401, body) { base, _ in
            let providers: [any Provider] = [
                OpenAIProvider(apiKey: key, baseURL: base), OpenRouterProvider(apiKey: key, baseURL: base),
            ]
            for provider in providers {
                let error = await #expect(throws: ProviderError.self) {
                    try await provider.complete(request, deltas: nil)
                }
                #expect(error?.code == .authentication)
                #expect(
                    error?.description
                        == "the provider \(provider.name) did not accept its key; the operator has to check it")
                let shown = [
                    error?.description, error?.debugDescription, error.map { "\($0) \(String(reflecting: $0))" },
                ]
                #expect(shown.allSatisfy { $0?.contains("aVeryLong") == false })
                #expect(error?.detail.contains("Incorrect API key provided: <redacted>") == true)
            }
        }
    }

    @Test("refuse a key that is no header, without showing it")
    func badKey() async throws {
        try await withServer(200, Self.hi) { base, received in
            let error = await #expect(throws: ProviderError.self) {
                try await OpenAIProvider(apiKey: "key-\r\nX: y", baseURL: base).complete(request, deltas: nil)
            }
            #expect(error?.code == .invalidRequest)
            #expect(error?.debugDescription.contains("key-") == false)
            #expect(received.all.isEmpty)
        }
    }
}
