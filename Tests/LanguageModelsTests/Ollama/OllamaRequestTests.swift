import Testing

@testable import LanguageModels

@Suite("The bodies of /api/chat and /api/generate")
struct OllamaRequestTests {
    private func encode(
        _ request: CompletionRequest, _ settings: OllamaSettings = OllamaSettings(), sendsThink: Bool = true
    ) -> String {
        let body = OllamaRequest(request: request, model: "m", settings: settings, sendsThink: sendsThink)
        return body.path + " " + String(decoding: body.encoded(), as: UTF8.self)
    }

    @Test("of a conversation")
    func conversation() {
        let messages = [ChatMessage(.system, "s"), ChatMessage(.user, "Hi", speaker: "al")]
        #expect(
            encode(CompletionRequest(.messages(messages), temperature: 0.7, maxTokens: 5, stop: ["x"]))
                == #"/api/chat {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"al: Hi"}],"stream":false,"options":{"temperature":0.7,"num_predict":5,"stop":["x"]}}"#
        )
    }

    @Test("of a plain prompt")
    func prompt() {
        #expect(
            encode(CompletionRequest(.text("p", system: nil)))
                == #"/api/generate {"model":"m","prompt":"p","stream":false,"options":{}}"#)
        #expect(
            encode(CompletionRequest(.text("p", system: "s"), temperature: 1))
                == #"/api/generate {"model":"m","prompt":"p","system":"s","stream":false,"options":{"temperature":1}}"#)
    }

    @Test("with the server's settings")
    func settings() {
        var settings = OllamaSettings()
        settings.think = false
        settings.keepAlive = "5m"
        settings.contextWindow = 8192
        let request = CompletionRequest(.text("p", system: nil))
        #expect(
            encode(request, settings)
                == #"/api/generate {"model":"m","prompt":"p","stream":false,"think":false,"keep_alive":"5m","options":{"num_ctx":8192}}"#
        )
        #expect(!encode(request, settings, sendsThink: false).contains("think"))
    }
}
