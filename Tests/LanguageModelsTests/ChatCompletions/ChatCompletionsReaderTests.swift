import FoundationEssentials
import HTTPTransport
import Testing

@testable import LanguageModels

@Suite("An answer of /chat/completions")
struct ChatCompletionsReaderTests {
    private func read(_ body: String, status: Int = 200) throws(ProviderError) -> Completion {
        try read(Data(body.utf8), status: status)
    }

    private func read(_ body: Data, status: Int = 200) throws(ProviderError) -> Completion {
        let endpoint = ProviderEndpoint(
            name: "openai", base: "http://127.0.0.1:9", timeouts: HTTPTimeouts(), client: .shared)
        let reader = ChatCompletionsReader(endpoint: endpoint, model: "asked")
        guard status == 200 else {
            throw reader.failure(HTTPResponse(status: status, headers: HTTPHeaders(), body: body))
        }
        let stream = ChatCompletionsStream(reader: reader, status: status, headers: HTTPHeaders())
        _ = stream.feed([UInt8](body))
        return try stream.finish(nil)
    }

    @Test(
        "that is one",
        arguments: [
            (#"{"content":"Hi"},"finish_reason":"stop""#, "Hi", "stop"),
            (#"{"role":"assistant","content":"Hé\u00e9\ud83d\ude00"}"#, "Héé😀", "stop"),
            (#"{"content":"Hi"},"finish_reason":null"#, "Hi", "stop"),
            (#"{"content":"Hi"},"finish_reason":7"#, "Hi", "stop"),
            (#"{"content":"Hi"},"finish_reason":"length""#, "Hi", "length"),
            (#"{"content":"Hi"},"finish_reason":"max_tokens""#, "Hi", "length"),
            (#"{"content":null},"finish_reason":"length""#, "", "length"),
            (#"{"content":"","reasoning":"hm","reasoning_content":"hm"},"finish_reason":"length""#, "", "length"),
            (#"{"content":null,"tool_calls":[]},"finish_reason":"tool_calls""#, "", "tool_calls"),
            (#"{"content":null},"finish_reason":"function_call""#, "", "tool_calls"),
            (#"{"content":"Hi","refusal":null},"finish_reason":"odd""#, "Hi", "odd"),
            (#"{"content":[{"type":"text","text":"H"},{"type":"text","text":"i"}]}"#, "Hi", "stop"),
            (
                #"{"content":[{"type":"thinking","thinking":[],"text":"x"},{"text":"Hi"},{"type":"image_url"}]}"#, "Hi",
                "stop"
            ),
            (#"{"content":17},"finish_reason":"length""#, "", "length"),
        ])
    func answer(message: String, content: String, reason: String) throws {
        let completion = try read(#"{"id":"x","model":"m-1","choices":[{"index":0,"message":"# + message + "}]}")
        #expect(completion == Completion(content, model: "m-1", finishReason: FinishReason(rawValue: reason)))
    }

    @Test(
        "with what it cost and who it was",
        arguments: [
            (#""model":"m","usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#, "m", 3, 4),
            (#""model":null,"usage":{"prompt_tokens":3.0}"#, "asked", 3, 0),
            (#""model":{},"usage":{"prompt_tokens":"3","completion_tokens":-4}"#, "asked", 0, 0),
            (#""usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1e99}"#, "asked", 1 << 40, 0),
        ])
    func usage(fields: String, model: String, prompt: Int, completion: Int) throws {
        let answer = try read(#"{"choices":[{"message":{"content":"x"}}],"# + fields + "}")
        #expect(answer.model == model)
        #expect(answer.usage == TokenUsage(promptTokens: prompt, completionTokens: completion))
    }

    @Test("without a cost", arguments: ["", #","usage":null"#, #","usage":[]"#, #","error":null"#, #","error":false"#])
    func noUsage(fields: String) throws {
        let answer = try read(#"{"choices":[{"message":{"content":"x"},"error":null}]"# + fields + "}")
        #expect(answer.content == "x" && answer.usage == nil)
    }

    @Test(
        "that is none",
        arguments: [
            ("", "badAnswer"), ("[]", "badAnswer"), ("null", "badAnswer"), ("{}", "badAnswer"), ("\"x\"", "badAnswer"),
            ("<html>hello</html>", "badAnswer"), (#"{"choices":[]}"#, "badAnswer"), (#"{"choices":null}"#, "badAnswer"),
            (#"{"choices":[{}]}"#, "badAnswer"), (#"{"choices":{"message":{"content":"x"}}}"#, "badAnswer"),
            (#"{"choices":[{"message":{"content":"x"}}]"#, "badAnswer"),
            (
                #"{"choices":[{"message":{"content":null,"refusal":"I can't"},"finish_reason":"stop"}]}"#,
                "contentFiltered"
            ),
            (#"{"choices":[{"message":{"content":"ha"},"finish_reason":"content_filter"}]}"#, "contentFiltered"),
            (#"{"choices":[{"message":{"content":"ha"},"finish_reason":"error"}]}"#, "unavailable"),
            (#"{"choices":[{"error":{"code":502,"message":"gone"},"message":{"content":"ha"}}]}"#, "unavailable"),
            (#"{"choices":[{"error":{"code":"insufficient_quota"}}]}"#, "quota"),
            (#"{"error":{"message":"no"},"choices":[{"message":{"content":"x"}}]}"#, "unavailable"),
            (#"{"object":"error","message":"no","code":404}"#, "unknownModel"),
            (#"[{"error":{"code":429}}]"#, "rateLimited"),
        ])
    func failure(body: String, code: String) throws {
        let error = #expect(throws: ProviderError.self) { try read(body) }
        #expect(error?.code.description == code)
        #expect(error?.status == 200)
    }

    @Test("that is not UTF-8")
    func encoding() {
        let bad = Data(#"{"choices":[{"message":{"content":""#.utf8) + Data([0xC3, 0x28]) + Data(#""}}]}"#.utf8)
        let error = #expect(throws: ProviderError.self) { try read(bad) }
        #expect(error?.code == .badAnswer)
    }

    @Test("keeps what was said in the room out of the log")
    func discretion() {
        for (status, body) in [
            (200, #"{"choices":[{"message":{"content":"secret"},"finish_reason":"content_filter"}]}"#),
            (200, #"{"choices":[{"message":{"content":null,"refusal":"secret"}}]}"#),
            (403, #"{"error":{"code":403,"metadata":{"reasons":["x"],"flagged_input":"secret"}}}"#),
        ] {
            let error = #expect(throws: ProviderError.self) { try read(body, status: status) }
            #expect(error.map(String.init(reflecting:))?.contains("secret") == false)
        }
    }

    @Test("names the unknown model, made harmless")
    func unknownModel() {
        let endpoint = ProviderEndpoint(name: "local", base: "x", timeouts: HTTPTimeouts(), client: .shared)
        let model = "a\"\u{1B}[0m\n" + String(repeating: "b", count: 1000)
        let body = Data(#"{"error":{"code":"model_not_found"}}"#.utf8)
        let error = ChatCompletionsReader(endpoint: endpoint, model: model)
            .failure(HTTPResponse(status: 404, headers: HTTPHeaders(), body: body))
        #expect(error.message.hasPrefix("the provider local has no model \"a[0mbbb"))
        #expect(error.message.count < 130)
    }
}
