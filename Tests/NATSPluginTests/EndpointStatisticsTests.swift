import BusProtocol
import LLMService
import Observability
import Testing

@testable import NATSPlugin

@Suite("An endpoint's statistics")
struct EndpointStatisticsTests {
    @Test("count messages, failures and time, and give the mean")
    func counts() {
        let statistics = EndpointStatistics()
        #expect((statistics.requests.value, statistics.errors.value, statistics.lastError) == (0, 0, ""))
        #expect((statistics.nanoseconds.value, statistics.average) == (0, 0))
        for _ in 0..<3 { statistics.begin() }
        statistics.end(after: .milliseconds(2))
        statistics.end(after: .nanoseconds(501))
        statistics.end(after: .seconds(3600))
        statistics.fail(LLMError(.busy, "too many messages are waiting"))
        #expect(statistics.requests.value == 3)
        #expect(statistics.errors.value == 1)
        #expect(statistics.nanoseconds.value == 3_600_002_000_501)
        #expect(statistics.average == 1_200_000_666_833)
        #expect(statistics.lastError == "429:too many messages are waiting")
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
        let statistics = EndpointStatistics()
        statistics.fail(error)
        #expect(statistics.lastError == text)
    }

    @Test("are kept by subject, and for no other")
    func subjects() {
        let metrics = PluginMetrics(MetricsRegistry())
        for endpoint in Endpoint.all {
            #expect(Endpoint(subject: endpoint.subject) == endpoint)
            metrics[endpoint]?.begin()
        }
        #expect(Endpoint.all.allSatisfy { metrics[$0]?.requests.value == 1 })
        #expect(Endpoint(subject: "rosey.llm.dance") == nil)
        #expect(Endpoint(subject: "llm.request.more") == nil)
        for endpoint in [nil, Endpoint.call(.memoryAdd)] { metrics[endpoint]?.fail(LLMError(.busy, "busy")) }
        #expect(Endpoint.all.filter { metrics[$0]?.errors.value != 0 } == [.call(.memoryAdd)])
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
