import FoundationEssentials
import LLMService
import NATSClient
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite("A prompt for the agent")
struct AgentPromptTests {
    private func read(_ text: String, maxBytes: Int = 100) -> Result<String, LLMError> {
        read(Data(text.utf8), maxBytes: maxBytes)
    }

    private func read(_ payload: Data, maxBytes: Int = 100) -> Result<String, LLMError> {
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
    func good(payload: String, text: String) { #expect(read(payload).value == text) }

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
        #expect(read(payload).failure?.message == message)
        #expect(read(payload).failure?.agentStatus == 400)
    }

    @Test("is refused where it is no UTF-8, or too large")
    func bytes() {
        #expect(read(Data([0x68, 0xFF])).failure?.message == "expected a text in UTF-8 or a JSON object")
        #expect(read(Data([0x7B, 0xFF])).failure?.code == .invalidJSON)
        #expect(read("hello", maxBytes: 4).failure?.message == "expected at most 4 bytes, got 5")
        #expect(read("hello", maxBytes: 4).failure?.agentStatus == 400)
    }

    private static let key = "U" + String(repeating: "A2", count: 27) + "Z"

    @Test(
        "may name its caller; what is no name is nobody's",
        arguments: [
            (#"{"v":1,"account":"$G","user":"KEY","name":"zoé"}"#, "zoé"),
            ("{\"v\":1,\"account\":\"$G\",\"user\":\"KEY\",\"name\":\"a\\nb\"}", "a b"),
            (#"{"v":1,"account":"$G","user":"KEY"}"#, ""),
            (#"{"v":2,"account":"$G","user":"KEY"}"#, nil), (#"{"v":1,"user":"KEYA"}"#, nil),
            (#"{"v":1,"user":"U"}"#, nil), (#"{"v":1,"user":"A.>","name":"x"}"#, nil), ("KEY", nil), ("", nil),
            (
                #"{"v":1,"user":"KEY","name":"SPACE"}"#.replacing("SPACE", with: String(repeating: " ", count: 2000)),
                nil
            ),
        ] as [(String, String?)])
    func caller(header: String, name: String?) {
        let caller = AgentCaller(NATSHeaders([("Agent-Sender", header.replacing("KEY", with: Self.key))]))
        #expect(caller.map { $0.name ?? "" } == name)
        #expect((caller?.user == Self.key) == (name != nil))
    }

    @Test("names nobody with two headers, or in another spelling")
    func headers() {
        let value = #"{"v":1,"user":"KEY"}"#.replacing("KEY", with: Self.key)
        #expect(AgentCaller(NATSHeaders([("Agent-Sender", value)])) != nil)
        #expect(AgentCaller(NATSHeaders([("Agent-Sender", value), ("Agent-Sender", value)])) == nil)
        #expect(AgentCaller(NATSHeaders([("agent-sender", value)])) == nil)
        #expect(AgentCaller(NATSHeaders()) == nil)
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

    @Test(
        "is as large as the units of the protocol can say",
        arguments: [
            (1 << 20, "1MB"), (256 << 10, "256KB"), (3 << 30, "3GB"), (1000, "1000B"), (1 << 10 | 1, "1025B"),
            (1536 << 10, "1536KB"),
        ])
    func size(bytes: Int, text: String) { #expect(AgentDoor.size(bytes) == text) }
}
