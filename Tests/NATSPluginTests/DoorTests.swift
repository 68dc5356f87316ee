import BusProtocol
import CoreTestSupport
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite("Which way a request came")
struct DoorTests {
    private let registry = MetricsRegistry()

    private var observer: RequestObserver {
        let time = ManualTime()
        return RequestObserver(
            PluginMetrics(registry), .off, log: Log(level: .debug, write: { _ in }), throttle: LogThrottle(time: time),
            time: time)
    }

    private func context(_ door: Door?) -> RequestContext {
        RequestContext(reply: ReplyContext(), door: door, kind: .chat)
    }

    @Test("is known of every endpoint")
    func doors() {
        for endpoint in Endpoint.all {
            switch endpoint {
            case .command, .memory: #expect(Door(endpoint) == .command)
            case .request: #expect(Door(endpoint) == .request)
            case .job: #expect(Door(endpoint) == .job)
            case .call: #expect(Door(endpoint) == .call)
            }
        }
        // A call that there is not.
        #expect(Door(nil) == .call)
    }

    @Test("is counted with what was asked for and what became of it; what nobody asked for is not")
    func counts() throws {
        let observer = observer
        observer.answered(context(nil))
        for _ in 0..<2 { observer.answered(context(.request)) }
        observer.failed(context(.request), LLMError(.rateLimited, "later"))
        let reading = Exposition(String(decoding: registry.text(), as: UTF8.self))
        #expect(reading.faults.isEmpty)
        let sample = { (outcome: String) in
            reading[#"rosey_llm_requests_total{action="chat",door="request",outcome="\#(outcome)"}"#]
        }
        #expect(sample("ok") == 2)
        #expect(sample("rate_limited") == 1)
        #expect(reading.sum("rosey_llm_requests_total") == 3)
    }
}
