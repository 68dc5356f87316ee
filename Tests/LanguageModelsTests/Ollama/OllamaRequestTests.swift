import HTTPTransport
import JSON
import Testing

@testable import LanguageModels

@Suite("The bodies of /api/chat and /api/generate")
struct OllamaRequestTests {
    private func encode(
        _ request: CompletionRequest, _ settings: ProviderSettings = ProviderSettings(.ollama), sendsThink: Bool = true
    ) throws -> String {
        let wire = OllamaWire(settings, .shared)
        let body = OllamaRequest(request: request, model: "m", wire: wire, sendsThink: sendsThink)
        return (body.isChat ? "/api/chat " : "/api/generate ") + String(decoding: try body.encoded(), as: UTF8.self)
    }

    @Test("of a conversation")
    func conversation() throws {
        let messages = [ChatMessage(.system, "s"), ChatMessage(.user, "Hi", speaker: "al")]
        #expect(
            try encode(CompletionRequest(.messages(messages), temperature: 0.7, maxTokens: 5, stop: ["x"]))
                == #"/api/chat {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"al: Hi"}],"stream":true,"options":{"temperature":0.7,"num_predict":5,"stop":["x"]}}"#
        )
    }

    @Test("of a plain prompt")
    func prompt() throws {
        #expect(
            try encode(CompletionRequest(.text("p", system: nil)))
                == #"/api/generate {"model":"m","prompt":"p","stream":true,"options":{}}"#)
        #expect(
            try encode(CompletionRequest(.text("p", system: "s"), temperature: 1))
                == #"/api/generate {"model":"m","prompt":"p","system":"s","stream":true,"options":{"temperature":1}}"#)
    }

    @Test("with the server's settings")
    func settings() throws {
        var settings = ProviderSettings(.ollama)
        settings.think = .bool(false)
        settings.keepAlive = .string("5m")
        settings.contextWindow = 8192
        var request = CompletionRequest(.text("p", system: nil))
        request.contextWindow = 4096
        #expect(try encode(request).hasSuffix(#""options":{"num_ctx":4096}}"#))
        // What is set for the server counts more.
        #expect(
            try encode(request, settings)
                == #"/api/generate {"model":"m","prompt":"p","stream":true,"think":false,"keep_alive":"5m","options":{"num_ctx":8192}}"#
        )
        #expect(try !encode(request, settings, sendsThink: false).contains("think"))
    }

    @Test("with tools, calls and their results", arguments: [nil, "required", "none"])
    func tools(choice: String?) throws {
        let messages = [
            ChatMessage(.assistant, "", toolCalls: [ToolCall(id: "1", name: "look", arguments: #"{"a":1}"#)]),
            ChatMessage(.tool, "rain", toolCallID: "1"),
        ]
        let list = try #require(RawJSON(#"[{"type": "function"}]"#))
        let offer = ToolOffer(tools: list, choice: choice.map { RawJSON(.string($0)) })
        let tools = choice == "none" ? "" : #","tools":[{"type":"function"}]"#
        #expect(
            try encode(CompletionRequest(.messages(messages), tools: offer))
                == #"/api/chat {"model":"m","messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":{"a":1}}}]},{"role":"tool","content":"rain","tool_name":"look"}]\#(tools),"stream":true,"options":{}}"#
        )
    }

    @Test("with the results in the order of the calls, by which alone two calls of a tool are told apart")
    func order() throws {
        let calls = { (ids: [String]) in ids.map { ToolCall(id: $0, name: "look", arguments: "{}") } }
        let result = { (id: String) in ChatMessage(.tool, "of \(id)", toolCallID: id) }
        let messages = [
            ChatMessage(.assistant, "", toolCalls: calls(["a", "b", "c"])), result("c"), result("x"), result("a"),
            result("b"), ChatMessage(.assistant, "", toolCalls: calls(["a", "d"])), result("d"), result("a"),
        ]
        let said = try encode(CompletionRequest(.messages(messages)))
        #expect(said.matches(of: /of (.)/).map { String($0.1) } == ["a", "b", "c", "x", "a", "d"])
    }

    @Test("with pictures in any of the messages")
    func earlierPictures() throws {
        let image = try #require(ImageInput("/9j/"))
        let messages = [ChatMessage(.user, "a", images: [image]), ChatMessage(.user, "b")]
        #expect(
            try encode(CompletionRequest(.messages(messages)))
                == #"/api/chat {"model":"m","messages":[{"role":"user","content":"a","images":["/9j/"]},{"role":"user","content":"b"}],"stream":true,"options":{}}"#
        )
        let elsewhere = [ChatMessage(.user, "a", images: [.url("https://example.org/a.png")])]
        #expect(throws: ProviderError.self) { try encode(CompletionRequest(.messages(elsewhere))) }
    }

    @Test("with pictures, and a shape for the answer")
    func more() throws {
        let image = try #require(ImageInput("/9j/"))
        let messages = CompletionRequest.Input.messages([ChatMessage(.user, "a"), ChatMessage(.user, "b")])
        #expect(
            try encode(CompletionRequest(messages, images: [image], format: .json))
                == #"/api/chat {"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b","images":["/9j/"]}],"stream":true,"format":"json","options":{}}"#
        )
        let schema = ResponseFormat(schemaText: #"{"type":"object"}"#)
        #expect(
            try encode(CompletionRequest(.text("p", system: nil), images: [image], format: schema))
                == #"/api/generate {"model":"m","prompt":"p","images":["/9j/"],"stream":true,"format":{"type":"object"},"options":{}}"#
        )
        let remote = try #require(ImageInput("https://example.org/a.png"))
        let error = #expect(throws: ProviderError.self) { try encode(CompletionRequest(messages, images: [remote])) }
        #expect(error?.code == .invalidRequest)
    }
}
