import FoundationEssentials
import HTTPTransport
import Testing

@testable import LanguageModels

@Suite("Which failure gets what")
struct FailureTableTests {
    private static let error = #"{"error":{"message":"no"}}"#

    @Test(
        "by status and body",
        arguments: [
            // Statuses alone.
            (400, "", "invalidRequest"), (401, "", "authentication"), (402, "", "quota"), (403, "", "authentication"),
            (404, error, "unknownModel"), (404, "", "badAnswer"), (404, "404 page not found", "badAnswer"),
            (404, #"{"detail":"Not Found"}"#, "badAnswer"), (405, "", "invalidRequest"), (408, "", "unavailable"),
            (409, "", "unavailable"), (413, "", "tooLong"), (422, #"{"detail":[{"loc":["body"]}]}"#, "invalidRequest"),
            (429, "", "rateLimited"), (500, "", "unavailable"), (502, "<html>Bad Gateway</html>", "unavailable"),
            (503, "null", "unavailable"), (504, "[]", "unavailable"), (529, "{", "unavailable"), (302, "", "badAnswer"),
            (200, "", "badAnswer"), (200, "<html>", "badAnswer"), (200, "[]", "badAnswer"), (200, "null", "badAnswer"),
            // OpenAI and compatible servers.
            (
                429, #"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
                "rateLimited"
            ),
            (
                429,
                #"{"error":{"message":"You exceeded your current quota, please check your plan","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
                "quota"
            ),
            (429, #"{"error":{"message":"You have reached your spending limit"}}"#, "quota"),
            // Google's compatible door: a limit by the minute.
            (
                429, #"[{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 35.6s."}}]"#,
                "rateLimited"
            ),
            (
                429,
                #"{"error":{"message":"Too large for the context window: tokens per min (TPM)","code":"rate_limit_exceeded"}}"#,
                "rateLimited"
            ),
            (
                400,
                #"{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
                "tooLong"
            ),
            (
                400,
                #"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}"#,
                "tooLong"
            ),
            (500, #"{"error":{"code":500,"type":"exceed_context_size_error","message":"too big"}}"#, "tooLong"),
            (
                404, #"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}"#,
                "unknownModel"
            ),
            (403, #"{"error":{"message":"no access","code":"model_not_found"}}"#, "unknownModel"),
            (404, #"{"error":{"message":"Invalid URL (POST /v1/chat)","code":null}}"#, "badAnswer"),
            (400, #"{"error":{"message":"filtered","code":"content_filter"}}"#, "contentFiltered"),
            (400, #"{"error":{"message":"Incorrect","code":"invalid_api_key"}}"#, "authentication"),
            (400, #"{"error":"just a text"}"#, "invalidRequest"),
            (
                400, #"[{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}]"#,
                "invalidRequest"
            ),
            (400, #"{"error":{"message":17,"code":{},"type":[]}}"#, "invalidRequest"),
            (200, #"{"error":{"message":"overloaded","type":"server_error"}}"#, "unavailable"),
            (200, #"{"error":"boom"}"#, "unavailable"),
            (200, #"{"object":"error","message":"boom","code":400}"#, "invalidRequest"),
            // OpenRouter.
            (200, #"{"error":{"code":502,"message":"Provider returned error"}}"#, "unavailable"),
            (200, #"{"error":{"code":"429","message":"Slow"}}"#, "rateLimited"),
            (200, #"{"error":{"code":"server_error","message":"x"}}"#, "unavailable"),
            (200, #"{"error":{"code":1e300,"message":"x"}}"#, "unavailable"),
            (402, #"{"error":{"code":402,"message":"Insufficient credits"}}"#, "quota"),
            (
                403,
                #"{"error":{"code":403,"message":"flagged","metadata":{"reasons":["violence"],"flagged_input":"what was said"}}}"#,
                "contentFiltered"
            ),
            (400, #"{"error":{"code":400,"message":"x/y is not a valid model ID"}}"#, "unknownModel"),
            (404, #"{"error":{"code":404,"message":"No endpoints found for x/y."}}"#, "unknownModel"),
            (
                200, #"{"error":{"code":400,"message":"x","metadata":{"error_type":"context_length_exceeded"}}}"#,
                "tooLong"
            ),
            // LiteLLM's proxy, 1.106.
            (
                400, #"{"error":{"message":"No connected db.","type":"no_db_connection","code":"400"}}"#,
                "authentication"
            ),
            (
                503, #"{"error":{"message":"Service Unavailable","type":"no_db_connection","code":"503"}}"#,
                "unavailable"
            ),
            (
                401, #"{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error"}}"#,
                "authentication"
            ),
            (
                400,
                #"{"error":{"message":"/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models for your key.","type":"invalid_request_error","param":null,"code":"400"}}"#,
                "unknownModel"
            ),
            (
                400,
                #"{"error":{"message":"litellm.ContextWindowExceededError: litellm.BadRequestError: too much\nmodel=x. context_window_fallbacks=None.","type":"invalid_request_error","param":null,"code":"400"}}"#,
                "tooLong"
            ),
            (
                400,
                #"{"error":{"message":"litellm.BadRequestError: litellm.ContentPolicyViolationError: OpenAIException - Your request was rejected as a result of our safety system","type":"invalid_request_error","param":null,"code":"400"}}"#,
                "contentFiltered"
            ),
            (
                429,
                #"{"error":{"message":"Budget has been exceeded! Current cost: 2.0, Max budget: 1.0","type":"budget_exceeded","param":null,"code":"429"}}"#,
                "quota"
            ),
            (
                429,
                #"{"error":{"message":"No deployments available for selected model, Try again in 7 seconds.","type":"all_deployments_in_cooldown","param":null,"code":"429"}}"#,
                "rateLimited"
            ),
            (
                429,
                #"{"error":{"message":"litellm.RateLimitError: OpenAIException - You exceeded your current quota","type":"throttling_error","param":null,"code":"429"}}"#,
                "quota"
            ),
            // Ollama.
            (404, #"{"error":"model \"x\" not found, try pulling it first"}"#, "unknownModel"),
            (503, #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#, "unavailable"),
            (401, #"{"error":"unauthorized","signin_url":"https://ollama.com/connect"}"#, "authentication"),
            (400, #"{"error":"the input length exceeds the context length"}"#, "tooLong"),
        ])
    func code(status: Int, body: String, expected: String) {
        let payload = ErrorPayload.parse(Data(body.utf8))
        #expect(FailureTable.code(status: status, payload: payload).description == expected)
    }

    @Test("of the transport")
    func transport() {
        let codes: [(HTTPError.Code, ProviderError.Code)] = [
            (.cannotConnect, .unavailable), (.nameNotFound, .unavailable), (.tls, .unavailable),
            (.connectionLost, .unavailable), (.shutDown, .unavailable), (.connectTimeout, .timeout),
            (.firstByteTimeout, .timeout), (.idleTimeout, .timeout), (.totalTimeout, .timeout), (.tooLarge, .badAnswer),
            (.badResponse, .badAnswer), (.badRequest, .invalidRequest), (.cancelled, .cancelled),
        ]
        var sentences: Set<String> = []
        for (code, expected) in codes {
            let error = ProviderError(HTTPError(code, detail: "to 10.0.0.1 port 99"))
            #expect(error.code == expected)
            #expect(!error.description.contains("10.0.0.1") && !error.description.hasSuffix("."))
            #expect(error.detail.contains("10.0.0.1"))
            sentences.insert(error.message)
        }
        #expect(sentences.count == codes.count - 1)
    }

    @Test("names a refused field, and only a refused one")
    func refusedField() {
        let fields = ["temperature", "max_tokens", "stop"]
        let cases: [(String, String?)] = [
            (
                #"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2","param":"temperature","code":"unsupported_value"}}"#,
                "temperature"
            ),
            (
                #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#,
                "max_tokens"
            ),
            (
                #"{"error":{"message":"Unsupported parameter: 'max_tokens' … Use 'max_completion_tokens'"}}"#,
                "max_tokens"
            ),
            (#"{"error":"temperature is not supported by this model"}"#, "temperature"),
            (#"{"object":"error","message":"Unrecognized field `stop`"}"#, "stop"),
            (
                #"{"error":{"message":"temperature must be at most 2","param":"temperature","code":"invalid_value"}}"#,
                nil
            ),
            (#"{"error":{"message":"Unsupported parameter: 'top_k'"}}"#, nil),
            (
                #"{"error":{"message":"1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'stop', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}"}}"#,
                "stop"
            ),
            (
                #"{"error":{"message":"1 validation error:\n  {'type': 'int_parsing', 'loc': ('body', 'max_tokens')}"}}"#,
                nil
            ),
            (#"{"error":{"message":"Stop it, unknown person"}}"#, nil),
            // One question's schema, and not the field.
            (#"{"error":{"message":"Invalid schema for stop: 'x' is not permitted","param":"stop"}}"#, nil),
        ]
        for (body, expected) in cases {
            #expect(ErrorPayload.parse(Data(body.utf8))?.refusedField(of: fields) == expected, "\(body)")
        }
    }

    @Test("does not look into bodies without end")
    func bounded() {
        let body = Data(#"{"error":""#.utf8) + Data(repeating: UInt8(ascii: "x"), count: 1 << 20) + Data(#""}"#.utf8)
        #expect(ErrorPayload.parse(body) == nil)
        #expect(ErrorPayload.parse(Data(repeating: UInt8(ascii: "["), count: 100_000)) == nil)
    }
}
