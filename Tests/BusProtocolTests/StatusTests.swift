import JSON
import Testing

@testable import LLMService
@testable import LanguageModels
@testable import BusProtocol

@Suite("What goes out about the service")
struct StatusTests {
    private func status(_ providers: [ProviderStatus]) -> ServiceStatus {
        ServiceStatus(
            isHealthy: true, provider: "ollama", model: "llama3.2", uptime: .milliseconds(61_900), running: 2,
            waiting: 3, providers: providers, requestsToday: 7, tokensToday: 99, isRateLimited: true)
    }

    private func message(_ providers: [ProviderStatus]) -> String {
        var context = ReplyContext(requestID: "r-1")
        context.action = "status"
        let instances = InstancesStatus(
            instances: [
                .init(name: "00c0ffee", partitions: 130, isIntake: true),
                .init(name: "00c0ffef", partitions: nil, isIntake: false),
            ], handedOver: 5, handoverDelay: .microseconds(250))
        let details = LLMResponse.Details.status(
            status(providers), version: "0.1.0", instance: "00c0ffee", instances)
        return String(decoding: LLMResponse.encode("fine", details, to: context, roomLength: nil), as: UTF8.self)
    }

    @Test("is exactly this")
    func whole() {
        let providers = [
            ProviderStatus(name: "ollama", isAvailable: true, breaker: .closed, statistics: ProviderStatistics()),
            ProviderStatus(name: "openai", isAvailable: false, breaker: .halfOpen, statistics: ProviderStatistics()),
        ]
        let unset = #""latency_ms":null,"ttft_ms":null,"tokens_per_s":null,"succeeded":0,"failed":0}"#
        #expect(
            message(providers)
                == #"{"type":"llm_response","channel_id":"","content":"fine","request_id":"r-1","action":"status","#
                + #""username":"User","provider":"ollama","model":"llama3.2","persona":null,"finish_reason":null,"#
                + #""usage":null,"latency_ms":0,"ttft_ms":null,"tokens_per_s":null,"attempts":0,"cached":false,"#
                + #""context":null,"healthy":true,"version":"0.1.0","instance":"00c0ffee","uptime_seconds":61,"#
                + #""requests_today":7,"tokens_today":99,"rate_limited":true,"#
                + #""running":2,"waiting":3,"providers":["#
                + #"{"name":"ollama","available":true,"breaker":"closed",\#(unset),"#
                + #"{"name":"openai","available":false,"breaker":"half_open",\#(unset)],"#
                + #""instances":[{"instance":"00c0ffee","partitions":130,"intake":true},"#
                + #"{"instance":"00c0ffef","partitions":null,"intake":false}],"handed_over":5,"handover_ms":0.25}"#)
    }

    @Test("tells what was measured")
    func measures() {
        var statistics = ProviderStatistics()
        let timing = Completion.Timing(firstToken: .milliseconds(80), total: .seconds(1), tokensPerSecond: 24.27)
        statistics.addSuccess(in: .microseconds(412_400), timing)
        statistics.addFailure()
        let message = message([
            ProviderStatus(name: "ollama", isAvailable: true, breaker: .open, statistics: statistics)
        ])
        #expect(
            message.contains(#""latency_ms":412,"ttft_ms":80,"tokens_per_s":24.3,"succeeded":1,"failed":1}"#))
    }

    @Test("is read as it was sent")
    func roundTrip() {
        let providers = [("up", true), ("down", false)].map {
            ProviderStatus(name: $0, isAvailable: $1, breaker: .closed, statistics: ProviderStatistics())
        }
        guard case .response(let response)? = LLMReply.decode(Array(message(providers).utf8)) else {
            return #expect(Bool(false), "no answer")
        }
        #expect(response.isHealthy)
        #expect(response.unavailableProviders == ["down"])
        #expect(response.fullModel == "ollama/llama3.2")
    }
}
