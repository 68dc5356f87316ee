import Testing

@testable import LanguageModels

@Suite("The body of /chat/completions")
struct ChatCompletionsRequestTests {
    private func encode(
        _ request: CompletionRequest, tokenField: String = "max_tokens", refused: Set<String> = []
    ) -> String {
        let body = ChatCompletionsRequest(request: request, model: "m", tokenField: tokenField, refused: refused)
        return String(decoding: body.encoded(), as: UTF8.self)
    }

    @Test("of a conversation: the system prompt first, the speaker before what was said")
    func conversation() {
        let messages = [
            ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi \"all\"\n", speaker: "al"),
            ChatMessage(.assistant, "Yes?"),
        ]
        #expect(
            encode(CompletionRequest(.messages(messages)))
                == #"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"al: Hi \"all\"\n"},{"role":"assistant","content":"Yes?"}],"stream":false}"#
        )
    }

    @Test("of a plain prompt, with everything")
    func everything() {
        let request = CompletionRequest(
            .text("p", system: "s"), model: "ignored", temperature: 0.7, maxTokens: 9, stop: ["a", "b"])
        let start =
            #"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"p"}],"stream":false"#
        #expect(encode(request) == start + #","temperature":0.7,"max_tokens":9,"stop":["a","b"]}"#)
        #expect(
            encode(request, tokenField: "max_completion_tokens")
                == start + #","temperature":0.7,"max_completion_tokens":9,"stop":["a","b"]}"#)
        #expect(
            encode(request, refused: ["temperature", "max_tokens", "stop"]) == start + #","max_completion_tokens":9}"#)
        #expect(
            encode(request, refused: ["max_tokens", "max_completion_tokens", "stop"]) == start + #","temperature":0.7}"#
        )
    }
}
