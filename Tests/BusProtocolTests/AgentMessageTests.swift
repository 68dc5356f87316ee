import LLMService
import Testing

@testable import BusProtocol

@Suite("A prompt for the agent")
struct AgentMessageTests {
    private func read(_ text: String, maxBytes: Int = 100) -> Result<String, LLMError> {
        read(Array(text.utf8), maxBytes: maxBytes)
    }

    private func read(_ payload: [UInt8], maxBytes: Int = 100) -> Result<String, LLMError> {
        do throws(LLMError) { return .success(try AgentPrompt(payload, maxBytes: maxBytes).text) } catch {
            return .failure(error)
        }
    }

    @Test(
        "is a text, or an object with one",
        arguments: [
            ("hello", "hello"), (" hello\n", " hello\n"), ("[1]", "[1]"), (#"{"prompt":"hello"}"#, "hello"),
            (" \r\n\t{\"prompt\":\"hello\"}", "hello"), (#"{"prompt":"p","attachments":[],"more":{}}"#, "p"),
            (#"{"prompt":"p","attachments":null}"#, "p"),
        ])
    func good(payload: String, text: String) { #expect((try? read(payload).get()) == text) }

    @Test(
        "is refused where it is none",
        arguments: [
            ("", "expected a prompt, got nothing"), (" \n", "expected a prompt, got nothing"),
            ("{", "expected a JSON object in UTF-8"), (#"{"prompt":"x"} y"#, "expected a JSON object in UTF-8"),
            ("{}", "prompt: expected a non-empty string, got nothing"),
            (#"{"prompt":""}"#, "prompt: expected a non-empty string, got an empty string"),
            (#"{"prompt":5}"#, "prompt: expected a non-empty string, got 5"),
            (#"{"prompt":"p","attachments":[{"filename":"f","content":""}]}"#, "attachments: this agent takes none"),
            (#"{"prompt":"p","attachments":"f"}"#, "attachments: this agent takes none"),
        ])
    func bad(payload: String, message: String) {
        #expect(failure(payload)?.message == message)
        #expect(failure(payload)?.agentStatus == 400)
    }

    @Test("is refused where it is no UTF-8, or too large")
    func bytes() {
        #expect(failure([0x68, 0xFF])?.message == "expected a text in UTF-8 or a JSON object")
        #expect(failure([0x7B, 0xFF])?.code == .invalidJSON)
        #expect(failure("hello", maxBytes: 4)?.message == "expected at most 4 bytes, got 5")
        #expect(failure("hello", maxBytes: 4)?.agentStatus == 400)
    }

    @Test(
        "fails with a status that the protocol has",
        arguments: [
            (LLMError.Code.invalidJSON, 400), (.tooLarge, 400), (.contextTooLong, 400), (.notFound, 404), (.busy, 429),
            (.rateLimited, 429), (.cancelled, 409), (.internal, 500), (.providerUnavailable, 500), (.timeout, 500),
        ])
    func status(code: LLMError.Code, status: Int) { #expect(LLMError(code, "m").agentStatus == status) }

    @Test("fails with a body that says more")
    func body() {
        let error = LLMError(.rateLimited, "m", retryAfter: .milliseconds(1200))
        #expect(
            String(decoding: error.agentBody(text: "Slowly"), as: UTF8.self)
                == #"{"error":"rate_limited","message":"Slowly","retryable":true,"retry_after_s":2}"#)
    }

    private func failure(_ text: String, maxBytes: Int = 100) -> LLMError? {
        failure(Array(text.utf8), maxBytes: maxBytes)
    }

    private func failure(_ payload: [UInt8], maxBytes: Int = 100) -> LLMError? {
        if case .failure(let error) = read(payload, maxBytes: maxBytes) { error } else { nil }
    }
}
