import Conversations
import LanguageModels
import Testing

@testable import LLMService
@testable import BusProtocol

@Suite("What is published of what happens")
struct LLMEventTests {
    private func told(_ event: ServiceEvent) -> String? {
        let registry = ProviderRegistry([OllamaProvider(name: "box")])
        guard let message = LLMEvent(event, registry: registry) else { return nil }
        return message.subject + " " + String(decoding: message.payload, as: UTF8.self)
    }

    @Test("an answer")
    func response() {
        let event = ServiceEvent.Response(
            channel: "c", user: "alice", promptLength: 5, responseLength: 9, tokens: 36, provider: "box",
            latency: .milliseconds(412), persona: "default")
        #expect(
            told(.response(event)) == #"rosey.event.llm.response {"channel":"c","user":"alice","prompt_length":5,"#
                + #""response_length":9,"tokens_used":36,"provider":"OllamaProvider","latency_ms":412,"#
                + #""persona":"default"}"#)
        let bare = ServiceEvent.Response(
            promptLength: 1, responseLength: 2, provider: "other", latency: .zero)
        #expect(
            told(.response(bare)) == #"rosey.event.llm.response {"channel":null,"user":null,"prompt_length":1,"#
                + #""response_length":2,"tokens_used":0,"provider":"other","latency_ms":0,"persona":null}"#)
    }

    @Test(
        "a failure, of one of three kinds",
        arguments: [
            (LLMError(.invalidRequest, "e"), "validation"), (LLMError(.invalidJSON, "e"), "validation"),
            (LLMError(.tooLarge, "e"), "validation"), (LLMError(.unknownPersona, "e"), "validation"),
            (LLMError(.notFound, "e"), "validation"), (LLMError(.rateLimited, "e"), "rate_limit"),
            (LLMError(.busy, "e"), "rate_limit"), (LLMError(.timeout, "e"), "provider_error"),
            (LLMError(.unknownModel, "e", provider: "box"), "provider_error"),
            (LLMError(.providerRateLimited, "e", provider: "box"), "provider_error"),
            (LLMError(.cancelled, "e"), "provider_error"), (LLMError(.internal, "e"), "provider_error"),
        ])
    func failure(error: LLMError, kind: String) {
        let provider = error.provider == nil ? "null" : #""OllamaProvider""#
        #expect(
            told(.failure(error, channel: "c", user: nil))
                == #"rosey.event.llm.error {"channel":"c","user":null,"error":"e","#
                + #""provider":\#(provider),"error_type":"\#(kind)"}"#)
    }

    @Test("a step of a memory, a summary, a limit; and nothing of what failed in the background")
    func others() {
        #expect(
            told(.memory(.recall, channel: "c", user: "bob", count: 3))
                == #"rosey.event.llm.memory {"channel":"c","action":"recall","user_id":"bob","memory_count":3}"#)
        #expect(
            told(.summarized(channel: "c", messages: 54, length: 700))
                == #"rosey.event.llm.summarized {"channel":"c","message_count":54,"summary_length":700}"#)
        #expect(
            told(.threshold(.minute, current: 8, limit: 9, user: "bob", channel: nil))
                == #"rosey.event.llm.usage_threshold {"user":"bob","channel":null,"threshold_type":"minute","#
                + #""current":8,"limit":9,"percentage":0.889}"#)
        #expect(told(.forgetful(work: "w", LLMError(.timeout, "e"))) == nil)
        #expect(told(.routing(.breaker(provider: "box", state: .open, because: nil))) == nil)
        #expect(told(.unsummarized(channel: "c", LLMError(.timeout, "e"))) == nil)
    }
}
