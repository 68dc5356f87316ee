import JSON
import LLMService
import Testing

@testable import BusProtocol

@Suite("A request for a summary")
struct SummarizeRequestTests {
    private func read(_ fields: String) -> DecodedRequest {
        let limits = RequestLimits(messageBytes: 100, timeout: .seconds(300))
        return LLMRequest.decode(object(#"{"action":"summarize",\#(fields)}"#), reply: nil, limits: limits)
    }

    @Test(
        "says what, how long and how",
        arguments: [
            (#""text":"t""#, "t", 200, SummaryStyle.concise), (#""message":"t""#, "t", 200, .concise),
            (#""text":"t","message":"m","max_length":7,"style":"bullets""#, "t", 7, .bullets),
            (#""text":null,"message":"m","style":"detailed","max_length":null"#, "m", 200, .detailed),
        ])
    func fields(fields: String, text: String, words: Int, style: SummaryStyle) throws {
        guard case .generate(.summarize(let found, let maxWords, let how))? = read(fields).value else {
            Issue.record("no summary: \(fields)")
            return
        }
        #expect((found, maxWords, how) == (text, words, style))
    }

    @Test("has its options like a completion")
    func options() throws {
        guard let options = read(#""text":"t","channel_id":"c","model":"m","temperature":1"#).generation else {
            Issue.record("no summary")
            return
        }
        #expect((options.channel, options.model, options.temperature) == ("c", "m", 1))
    }

    @Test(
        "is checked",
        arguments: [
            (#""max_length":5"#, "text: expected a non-empty string, got nothing"),
            (#""text":" ""#, #"text: expected a non-empty string, got a blank string"#),
            (#""text":7"#, "text: expected a non-empty string, got 7"),
            (#""text":"t","max_length":0"#, "max_length: expected a whole number of words from 1 to 10000, got 0"),
            (#""text":"t","style":"haiku""#, #"style: expected concise, detailed or bullets, got "haiku""#),
            (#""text":"t","style":3"#, "style: expected a string, got 3"),
        ])
    func faults(fields: String, fault: String) {
        guard let error = read(fields).failure else {
            Issue.record("no fault: \(fields)")
            return
        }
        #expect(error.code == .invalidRequest)
        #expect(error.message == fault)
    }
}
