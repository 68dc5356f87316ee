import BusProtocol
import CoreTestSupport
import LLMService
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite("Which way a request came")
struct DoorTests {
    private func context(_ endpoint: Endpoint?) -> RequestContext {
        RequestContext(reply: ReplyContext(), endpoint: endpoint, kind: .chat)
    }

    @Test("is known of every endpoint; what nobody asked for came none")
    func doors() {
        for endpoint in Endpoint.all { #expect(context(endpoint).door != nil) }
        #expect(context(nil).door == nil)
        #expect(context(.memory(.recall)).door == .command)
    }

    @Test("is counted with what was asked for and what became of it")
    func counts() throws {
        let meters = Meters()
        meters.answer(context(nil))
        for _ in 0..<2 { meters.answer(context(.request)) }
        meters.fail(LLMError(.rateLimited, "later"), context(.request))
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
