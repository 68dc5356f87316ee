import LLMService
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite("What the services protocol tells")
struct ServiceDescriptionTests {
    private let statistics = EndpointStatistics()

    private var service: ServiceDescription {
        ServiceDescription(
            name: "n", id: "i", version: "1.2.3", description: "d", metadata: [("k", "v")],
            started: Timestamp(milliseconds: 1_772_366_400_999),
            endpoints: [
                ServiceDescription.Endpoint(
                    name: "e", subject: "s", queueGroup: "q", metadata: [],
                    statistics: statistics)
            ])
    }

    init() {
        for _ in 0..<3 { statistics.begin() }
        for time in [2, 3] { statistics.end(after: .nanoseconds(time)) }
        statistics.fail(LLMError(.invalidRequest, "x"))
    }

    @Test(
        "is in the fields that the protocol has",
        arguments: [
            (ServiceVerb.ping, ""),
            (.info, #","description":"d","endpoints":[{"name":"e","subject":"s","queue_group":"q","metadata":{}}]"#),
            (
                .stats,
                #","started":"2026-03-01T12:00:00.999Z","endpoints":[{"name":"e","subject":"s","queue_group":"q","#
                    + #""num_requests":3,"num_errors":1,"last_error":"400:a field is missing or wrong","processing_time":5,"#
                    + #""average_processing_time":2,"data":null}]"#
            ),
        ])
    func answer(verb: ServiceVerb, more: String) {
        let type = "io.nats.micro.v1.\(verb.rawValue.lowercased())_response"
        #expect(
            String(decoding: service.answer(to: verb), as: UTF8.self)
                == #"{"type":"\#(type)","name":"n","id":"i","version":"1.2.3","metadata":{"k":"v"}\#(more)}"#)
    }

    @Test("names each process differently")
    func instance() {
        let instances = (0..<100).map { _ in PluginSettings().instance }
        #expect(instances.allSatisfy { $0.utf8.count == 8 && $0.allSatisfy(\.isHexDigit) })
        #expect(Set(instances).count > 90)
    }
}
