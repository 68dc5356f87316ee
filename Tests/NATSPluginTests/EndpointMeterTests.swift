import BusProtocol
import LLMService
import Testing

@testable import NATSPlugin

@Suite("An endpoint's statistics")
struct EndpointMeterTests {
    @Test("count messages, failures and time, and give the mean")
    func counts() {
        let meter = EndpointMeter()
        #expect(meter.reading == EndpointMeter.Reading())
        #expect(meter.reading.average == 0)
        for _ in 0..<3 { meter.begin() }
        meter.end(after: .milliseconds(2))
        meter.end(after: .nanoseconds(501))
        meter.end(after: .seconds(3600))
        meter.fail(LLMError(.busy, "too many messages are waiting"))
        let reading = meter.reading
        #expect(reading.requests == 3)
        #expect(reading.errors == 1)
        #expect(reading.nanoseconds == 3_600_002_000_501)
        #expect(reading.average == 1_200_000_666_833)
        #expect(reading.lastError == "429:too many messages are waiting")
    }

    @Test(
        "say of a failure what is ours to say, and nothing of what was sent",
        arguments: [
            (
                LLMError(.invalidRequest, "message: expected a string, got \"secret\""),
                "400:a field is missing or wrong"
            ),
            (LLMError(.unknownPersona, "Unknown persona 'secret'"), "400:no such persona"),
            (LLMError(.notFound, "Memory not found: secret"), "404:nothing of that name or id"),
            (
                LLMError(.timeout, "the language model took too long", detail: "secret"),
                "504:the language model took too long"
            ),
        ])
    func sentence(error: LLMError, text: String) {
        let meter = EndpointMeter()
        meter.fail(error)
        #expect(meter.reading.lastError == text)
    }

    @Test("are kept by subject, and for no other")
    func subjects() {
        let meters = Meters()
        for endpoint in Endpoint.all {
            #expect(Endpoint(subject: endpoint.subject) == endpoint)
            meters[endpoint]?.begin()
        }
        #expect(Endpoint.all.allSatisfy { meters[$0]?.reading.requests == 1 })
        #expect(Endpoint(subject: "rosey.llm.dance") == nil)
        #expect(Endpoint(subject: "llm.request.more") == nil)
        for endpoint in [nil, Endpoint.call(.memoryAdd)] { meters[endpoint]?.fail(LLMError(.busy, "busy")) }
        #expect(Endpoint.all.filter { meters[$0]?.reading.errors != 0 } == [.call(.memoryAdd)])
    }

    @Test("have endpoints of names and subjects that are all different, and fit the protocol")
    func names() {
        #expect(Set(Endpoint.all.map(\.name)).count == Endpoint.all.count)
        #expect(Set(Endpoint.all.map(\.subject)).count == Endpoint.all.count)
        for endpoint in Endpoint.all {
            #expect(endpoint.name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") })
        }
        #expect(Endpoint.call(.memoryAdd).name == "call-memory-add")
        #expect(Endpoint.call(.memoryAdd).subject == "rosey.llm.memory.add")
    }
}
