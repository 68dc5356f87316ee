import FoundationEssentials
import HTTPTransport
import Testing

@testable import LanguageModels

@Suite("An answer of Ollama")
struct OllamaReaderTests {
    private func read(_ body: String, status: Int = 200, model: String = "asked") throws(ProviderError) -> Completion {
        let endpoint = ProviderEndpoint(
            name: "ollama", base: "localhost:9", timeouts: HTTPTimeouts(), client: .shared)
        let response = HTTPResponse(status: status, headers: HTTPHeaders(), body: Data(body.utf8))
        let reader = OllamaReader(endpoint: endpoint, model: model)
        guard status == 200 else { throw reader.failure(response) }
        let stream = OllamaStream(reader: reader, status: status, headers: HTTPHeaders())
        _ = stream.feed(Array(body.utf8))
        return try stream.finish(nil)
    }

    @Test(
        "that is one",
        arguments: [
            (
                #"{"model":"m","message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":10}"#,
                "Hi", "stop", 26, 10
            ),
            (#"{"model":"m","response":"Hi","done":true,"done_reason":"length"}"#, "Hi", "length", 0, 0),
            (
                #"{"model":"m","message":{"content":"","thinking":"hm"},"done":true,"done_reason":"length"}"#, "",
                "length", 0, 0
            ),
            (#"{"model":"m","message":{"content":"Hi","thinking":"hm"},"done":true}"#, "Hi", "stop", 0, 0),
            (#"{"model":"m","response":"","thinking":"hm","done":true,"done_reason":"load"}"#, "", "load", 0, 0),
            (
                #"{"model":"m","message":null,"response":7,"done":true,"done_reason":"unload","eval_count":"x"}"#, "",
                "unload", 0, 0
            ),
            ("{\"model\":\"m\",\"response\":\"a\",\"done\":false}\n{\"done\":true}\n", "a", "stop", 0, 0),
        ])
    func answer(body: String, content: String, reason: String, prompt: Int, completion: Int) throws {
        let usage = TokenUsage(promptTokens: prompt, completionTokens: completion)
        #expect(
            try read(body)
                == Completion(content, model: "m", finishReason: FinishReason(rawValue: reason), usage: usage))
    }

    @Test(
        "that is none",
        arguments: [
            (
                200, #"{"message":{"content":"Hi"},"done":false}"#, "unavailable",
                "the language model's answer broke off"
            ),
            (200, #"{"message":{"content":"Hi"}}"#, "unavailable", "the language model's answer broke off"),
            (
                200, #"{"error":"llama runner process has terminated"}"#, "unavailable",
                "the language model is not available right now"
            ),
            (200, "", "badAnswer", "the provider's answer could not be understood"),
            (200, "Ollama is running", "badAnswer", "the provider's answer could not be understood"),
            (
                404, #"{"error":"model \"asked\" not found, try pulling it first"}"#, "unknownModel",
                "Model \"asked\" is not installed on the Ollama server; the operator can install it with: ollama pull asked"
            ),
            (
                404, "404 page not found", "badAnswer",
                "no language model answers at the address of the provider ollama; the operator has to check it"
            ),
            (
                503, #"{"error":"server busy"}"#, "unavailable",
                "the Ollama server has too many requests waiting; try again in a moment"
            ),
            (
                401, #"{"error":"unauthorized","signin_url":"https://x"}"#, "authentication",
                "the Ollama server has to be signed in for that model; the operator can do it with: ollama signin"
            ),
            (500, #"{"error":"out of memory"}"#, "unavailable", "the language model is not available right now"),
        ])
    func failure(status: Int, body: String, code: String, message: String) {
        let error = #expect(throws: ProviderError.self) { try read(body, status: status) }
        #expect(error?.code.description == code)
        #expect(error?.description == message)
    }

    @Test(
        "gives no command for a name that is none",
        arguments: ["x; rm -rf /", "$(id)", "-f", "a b", "x\ny", "", String(repeating: "x", count: 300)])
    func harmless(model: String) {
        let error = #expect(throws: ProviderError.self) {
            try read(#"{"error":"not found"}"#, status: 404, model: model)
        }
        #expect(error?.code == .unknownModel)
        #expect(error?.message.contains("ollama pull") == false)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(
        "tells where the prompt was cut without a word",
        arguments: [
            (nil, 9, 100_000, false), (4096, 0, 100_000, false), (4096, 1000, 4000, false), (4096, 4096, 4000, true),
            (4096, 2048, 20_000, true), (4096, 2048, 16_384, false),
        ] as [(Int?, Int, Int, Bool)])
    func cut(window: Int?, counted: Int, bytes: Int, isCut: Bool) throws {
        let endpoint = ProviderEndpoint(name: "ollama", base: "x", timeouts: HTTPTimeouts(), client: .shared)
        let reader = OllamaReader(endpoint: endpoint, model: "m", contextWindow: window, promptBytes: bytes)
        let stream = OllamaStream(reader: reader, status: 200, headers: HTTPHeaders())
        let line = #"{"message":{"content":"Hi"},"done":true,"prompt_eval_count":\#(counted)}"#
        _ = stream.feed(Array(line.utf8))
        #expect(try stream.finish(nil).isPromptCut == isCut)
    }
}
