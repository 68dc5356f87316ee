import CoreTestSupport
import LLMService
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite("What was asked for, and which way it came")
struct RequestKindTests {
    @Test(
        "of what is typed",
        arguments: [
            ("hello there", .chat), ("", .help), ("help", .help), ("help me", .chat), ("reset", .reset),
            ("persona", .persona), ("persona concise", .persona), ("model", .models), ("model x", .model),
            ("stop", .cancel), ("retry", .retry), ("usage", .usage), ("remember it", .remember),
            ("recall it", .recall), ("forget 1", .forget),
        ] as [(String, RequestKind)])
    func commands(text: String, kind: RequestKind) {
        #expect(RequestKind(ChatCommand(text)) == kind)
    }

    @Test("of requests is their action, if there is such a one")
    func actions() {
        for action in ["chat", "complete", "summarize", "embed", "reset", "persona", "models", "status", "cancel"] {
            var echo = Echo(requestID: "r", action: action)
            echo.endpoint = .job
            #expect(echo.kind.rawValue == action)
            #expect(echo.door == .job)
        }
        var echo = Echo(requestID: "r", action: "dance\n")
        echo.endpoint = .request
        #expect(echo.kind == .unknown)
        #expect(echo.door == .request)
    }

    @Test("of every endpoint there is a door; what nobody asked for has none")
    func doors() {
        for endpoint in Endpoint.all {
            var echo = Echo(requestID: "r")
            echo.endpoint = endpoint
            #expect(echo.door != nil)
            if case .call = endpoint { #expect(echo.kind != .unknown) }
        }
        #expect(Echo(requestID: "r").door == nil)
    }

    @Test("is counted by what became of it")
    func counts() throws {
        let meters = Meters()
        var echo = Echo(requestID: "r", action: "chat")
        meters.answer(echo)
        echo.endpoint = .request
        for _ in 0..<2 { meters.answer(echo) }
        meters.fail(LLMError(.rateLimited, "later"), echo)
        var writer = MetricsWriter()
        meters.requests.write(to: &writer)
        let reading = Exposition(String(decoding: writer.bytes, as: UTF8.self))
        #expect(reading.faults.isEmpty)
        let sample = { (outcome: String) in
            reading[#"rosey_llm_requests_total{action="chat",door="request",outcome="\#(outcome)"}"#]
        }
        #expect(sample("ok") == 2)
        #expect(sample("rate_limited") == 1)
        #expect(reading.sum("rosey_llm_requests_total") == 3)
    }
}
