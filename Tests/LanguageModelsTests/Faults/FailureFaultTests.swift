import FoundationEssentials
import HTTPServing
import HTTPTransport
import LanguageModels
import ServiceRuntime
import TestSupport
import Testing

/// What providers say of a failure, in whatever place they say it: as a status, in a 200, in a stream.
@Suite("A failure told in the body")
struct FailureFaultTests {
    /// Waits: the body, and how long is waited.
    static let waits: [(body: String, wait: Duration)] = [
        (
            #"[{"error":{"code":429,"message":"xyzzy. Please retry in 4.2s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"4s"}]}}]"#,
            .milliseconds(4200)
        ),
        (#"{"error":{"code":429,"message":"xyzzy","details":[{"retryDelay":"7.5s"}]}}"#, .milliseconds(7500)),
        (
            #"{"error":{"code":"429","message":"Rate limit reached on tokens per min (TPM): Limit 90000. Please try again in 1m4.5s. xyzzy"}}"#,
            .milliseconds(64_500)
        ),
        (#"{"error":{"code":429,"message":"xyzzy: Please retry after 3 seconds."}}"#, .seconds(3)),
        (#"{"error":{"code":429,"message":"xyzzy","metadata":{"retry_after_seconds":"9"}}}"#, .seconds(9)),
        (#"{"error":{"code":429,"message":"xyzzy","retry_after_ms":250}}"#, .milliseconds(250)),
        (#"{"error":{"code":429,"message":"xyzzy","metadata":{"headers":{"retry-after":12}}}}"#, .seconds(12)),
    ]

    @Test("asks for a wait", arguments: [Wire.openAI, .openRouter], waits)
    func wait(wire: Wire, wait: (body: String, wait: Duration)) async throws {
        let slow = { (status: String, body: String, told: String) in
            var fault = Fault.refused(
                status, status, [], body, .rateLimited, Sentence.slowDown, retryAfter: wait.wait)
            fault.expected = .failure(
                ProviderError(.rateLimited, Sentence.slowDown, retryAfter: wait.wait), handedOut: told)
            return fault
        }
        try await slow("429 X", wait.body, "").play(to: wire, .whole)
        try await slow("200 OK", wait.body, "").play(to: wire, .whole)
        try await slow("200 OK", Chunk.event(Chunk.text("Hi")) + Chunk.event(wait.body), "Hi").play(to: wire, .whole)
    }

    @Test("tells when the limit is over", arguments: ["429 X", "200 OK", "200 stream"], [1.0, 1000])
    func reset(status: String, unit: Double) async throws {
        let time = ((Date().timeIntervalSince1970 + 39_600) * unit).rounded()
        let body =
            #"{"error":{"code":429,"message":"xyzzy","metadata":{"headers":{"X-RateLimit-Remaining":"0","X-RateLimit-Reset":"\#(Int(time))"}}}}"#
        let bytes = status == "200 stream" ? Chunk.event(body) : body
        try await RawServer.with({ connection in
            while connection.readRequest() != nil { connection.answer(bytes, status: status) }
        }) { server in
            guard case .failure(let error) = await Outcome(Wire.openRouter.provider(server.url)).result else {
                Issue.record("a failure was expected")
                return
            }
            #expect(error.code == .rateLimited)
            let wait = error.retryAfter ?? .zero
            #expect(wait > .seconds(39_500) && wait <= .seconds(39_601))
        }
    }

    /// Bodies that say that nothing is left to pay with.
    static let spent: [(status: String, body: String)] = [
        (
            "500 X",
            #"{"type":"error","error":{"type":"api_error","message":"insufficient balance (1008)","http_code":"500"}}"#
        ),
        ("429 X", #"{"error":{"type":"rate_limit","message":"xyzzy: insufficient balance (1008)"}}"#),
        ("200 OK", #"{"id":"x","choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#),
        ("200 OK", #"{"id":"x","base_resp":{"status_code":1008,"status_msg":""}}"#),
        (
            "402 X",
            #"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#
        ),
        ("402 X", #"{"error":{"message":"xyzzy","code":"server_error"}}"#),
        ("403 X", #"{"error":{"message":"Your account has not enough credits: xyzzy","code":"xyzzy"}}"#),
        ("400 X", #"{"error":{"message":"Your credit balance is too low to access the API"}}"#),
        ("503 X", #"{"error":"You ran out of funds"}"#),
    ]

    @Test("says that the credit is spent", arguments: [Wire.openAI, .openRouter], spent)
    func credit(wire: Wire, spent: (status: String, body: String)) async throws {
        try await Fault.refused(spent.status, spent.status, [], spent.body, .quota, "").play(to: wire, .whole)
        let fault = Fault.bad(
            spent.body, Chunk.event(Chunk.text("Hi")) + Chunk.event(spent.body), .quota, "", after: "Hi")
        if spent.status == "200 OK" { try await fault.play(to: wire, .byteByByte) }
    }

    @Test(
        "does not say otherwise than its status",
        arguments: [
            ("401 X", "server_error", ProviderError.Code.authentication),
            ("401 X", "rate_limit_error", .authentication),
            ("403 X", "overloaded_error", .authentication), ("402 X", "invalid_api_key", .quota),
            ("413 X", "rate_limit_exceeded", .tooLong), ("429 X", "invalid_api_key", .rateLimited),
            ("400 X", "server_error", .invalidRequest),
        ])
    func contradiction(status: String, word: String, code: ProviderError.Code) async throws {
        let body = #"{"error":{"message":"xyzzy","type":"\#(word)"}}"#
        try await RawServer.with({ connection in
            while connection.readRequest() != nil { connection.answer(body, status: status) }
        }) { server in
            for wire in Wire.allCases {
                guard case .failure(let error) = await Outcome(wire.provider(server.url)).result else {
                    Issue.record("a failure was expected")
                    return
                }
                #expect(error.code == code)
                #expect(error.isRetryable == (code == .rateLimited))
            }
        }
    }

    private static let memory =
        #"{"error":"model requires more system memory (5.6 GiB) than is available (3.1 GiB), xyzzy"}"#

    @Test(
        "says that the model cannot be loaded, which will not pass", arguments: Wire.allCases,
        [
            memory, #"{"error":{"message":"unable to load model: xyzzy"}}"#,
            #"{"error":"model failed to load, this may be due to resource limitations, xyzzy"}"#,
            #"{"error":{"message":"Failed to load model \"m\". Error: insufficient system resources"}}"#,
        ])
    func loading(wire: Wire, body: String) async throws {
        let model = wire.provider("x").defaultModel
        let sentence =
            "the provider \(wire.rawValue) cannot load the model \"\(model)\", most likely for want of memory; the operator"
            + " has to choose a smaller one or make room"
        for status in ["500 X", "400 X"] {
            try await Fault.refused(status, status, [], body, .unavailable, sentence, retryable: false)
                .play(to: wire, .whole)
        }
        let inStream = wire == .ollama ? body + "\n" : Chunk.event(body)
        try await Fault.bad("in a stream", inStream, .unavailable, sentence, retryable: false).play(to: wire, .whole)
    }

    @Test("may be one that passes", arguments: Wire.allCases)
    func mayPass(wire: Wire) async throws {
        for message in ["llama runner process has terminated: error loading model", "the server is under heavy load"] {
            let body = #"{"error":{"message":"\#(message), xyzzy"}}"#
            try await Fault.refused(message, "500 X", [], body, .unavailable, Sentence.unavailable)
                .play(to: wire, .whole)
        }
    }
}
