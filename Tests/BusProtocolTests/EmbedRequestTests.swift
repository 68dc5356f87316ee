import JSON
import LLMService
import Testing

@testable import BusProtocol

@Suite("A request for vectors")
struct EmbedRequestTests {
    private func read(_ fields: String...) -> DecodedRequest {
        let limits = RequestLimits(messageBytes: 100, embedInputs: 3, timeout: .seconds(300))
        let text = ([#""action":"embed""#] + fields).joined(separator: ",")
        return LLMRequest.decode(object("{\(text)}"), reply: nil, limits: limits)
    }

    @Test(
        "has one text or several",
        arguments: [
            (#""input":"a""#, ["a"]), (#""input":["a"," ","c"]"#, ["a", " ", "c"]),
            (#""input":" a ","message":7"#, [" a "]),
        ])
    func inputs(fields: String, inputs: [String]) {
        guard case .generate(.embed(let texts))? = read(fields).value else {
            return #expect(Bool(false), "no vectors")
        }
        #expect(texts == inputs)
    }

    @Test("says of whom, how long, and for which channel")
    func options() {
        let decoded = read(
            #""input":"a""#, #""model":"m","provider":"p","timeout_s":2,"channel_id":"c","request_id":"r""#)
        guard let options = decoded.generation else { return #expect(Bool(false), "no vectors") }
        #expect(options.model == "m")
        #expect(options.provider == "p")
        #expect(options.timeout == .seconds(2))
        #expect(options.channel == "c")
        #expect(options.requestID == "r")
        #expect(decoded.context.channelID == .string("c"))
        #expect(decoded.context.action == "embed")
    }

    @Test(
        "with a wrong field says which and what was wrong",
        arguments: [
            (#""x":1"#, "input: expected a non-empty string or a list of such, got nothing"),
            (#""input":null"#, "input: expected a non-empty string or a list of such, got null"),
            (#""input":"""#, "input: expected a non-empty string or a list of such, got an empty string"),
            (#""input":[]"#, "input: expected a non-empty string or a list of such, got an empty list"),
            (#""input":{}"#, "input: expected a non-empty string or a list of such, got an object"),
            (#""input":["a",""]"#, "input[1]: expected a non-empty string, got an empty string"),
            (#""input":["a",7,""]"#, "input[1]: expected a non-empty string, got 7"),
            (#""input":"a","model":7"#, "model: expected a string, got 7"),
            (#""input":"a","timeout_s":0"#, "timeout_s: expected a number of seconds above 0, got 0"),
            (#""input":"a","channel_id":7"#, "channel_id: expected a string, got 7"),
        ])
    func faults(fields: String, fault: String) {
        let error = read(fields).failure
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == fault)
    }

    @Test("is bounded in texts and in bytes")
    func bounds() {
        let many = read(#""input":["a","b","c","d"]"#).failure
        #expect(many?.code == .tooLarge)
        #expect(many?.message == "input: expected at most 3 texts, got 4")
        let text = String(repeating: "é", count: 25)
        #expect(read(#""input":["\#(text)","\#(text)"]"#).value != nil)
        let long = read(#""input":["\#(text)","\#(text)x"]"#).failure
        #expect(long?.code == .tooLarge)
        #expect(long?.message == "input: expected at most 100 bytes, got 101")
    }

    @Test("is none for how the service does, which needs nothing")
    func status() {
        guard
            case .status? = LLMRequest.decode(
                request("status"), reply: nil, limits: RequestLimits(messageBytes: 1, timeout: .seconds(1))
            ).value
        else { return #expect(Bool(false), "no status") }
    }
}
