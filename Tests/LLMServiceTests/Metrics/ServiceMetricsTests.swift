import CoreTestSupport
import LanguageModels
import Observability
import ServiceRuntime
import Settings
import Testing

@testable import LLMService

@Suite("What is measured of a service")
struct ServiceMetricsTests {
    /// A service that is measured.
    private struct Measured {
        let bench: Bench
        let registry = MetricsRegistry()
        var time: ManualTime { bench.time }
        var provider: PuppetProvider { bench.provider }

        init(
            _ provider: PuppetProvider = PuppetProvider(), others: [PuppetProvider] = [], retries: Int = 0,
            fallback: [String] = [], settings: ServiceSettings = ServiceSettings()
        ) {
            bench = Bench(
                provider, others: others, retries: retries, fallback: fallback, settings: settings,
                metrics: registry)
        }

        /// What was measured; checked to be well formed.
        func reading(_ location: SourceLocation = #_sourceLocation) -> Exposition {
            let reading = Exposition(String(decoding: registry.text(), as: UTF8.self))
            #expect(reading.faults.isEmpty, sourceLocation: location)
            return reading
        }
    }

    private static let model =
        #"gen_ai_operation_name="chat",gen_ai_provider_name="puppet",gen_ai_request_model="wood""#

    @Test("The service's own part has nothing of a slow provider, nor of the line before it")
    func overhead() async throws {
        let measured = Measured()
        let first = try measured.bench.chat("one")
        let call = try await measured.provider.next()
        // In line behind the first.
        let second = try measured.bench.chat("two")
        measured.time.advance(by: .milliseconds(200))
        call.answer("1", usage: TokenUsage(promptTokens: 7, completionTokens: 3))
        _ = try await first.outcome()
        let next = try await measured.provider.next()
        measured.time.advance(by: .milliseconds(300))
        next.fail(ProviderError(.invalidRequest, "no"))
        _ = try await second.outcome()
        let reading = measured.reading()
        #expect(reading[#"rosey_llm_request_duration_seconds_count{action="chat"}"#] == 2)
        #expect(reading[#"rosey_llm_request_duration_seconds_sum{action="chat"}"#] == 0.7)
        #expect(reading[#"rosey_llm_queue_wait_seconds_sum{action="chat"}"#] == 0.2)
        #expect(reading[#"rosey_llm_overhead_seconds_sum{action="chat"}"#] == 0)
        #expect(reading[#"rosey_llm_overhead_seconds_bucket{action="chat",le="5e-05"}"#] == 2)
        let duration = "gen_ai_client_operation_duration_seconds"
        #expect(reading["\(duration)_sum{\(Self.model)}"] == 0.2)
        #expect(reading["\(duration)_count{\(Self.model)}"] == 1)
        #expect(reading["\(duration)_sum{\(Self.model),error_type=\"provider_error\"}"] == 0.3)
        #expect(reading["gen_ai_client_token_usage_sum{\(Self.model),gen_ai_token_type=\"input\"}"] == 7)
        #expect(reading["gen_ai_client_token_usage_sum{\(Self.model),gen_ai_token_type=\"output\"}"] == 3)
    }

    @Test("What is not the provider's, and not waited in line, is the service's own")
    func ownTime() async throws {
        let measured = Measured()
        var options = RequestOptions()
        options.readingTime = .milliseconds(3)
        let time = measured.time
        // Delivering takes five more.
        let pending = Pending(
            try measured.bench.service.submit(.complete(.text("one", system: nil)), options: options),
            onDelivery: { time.advance(by: .milliseconds(5)) })
        let call = try await measured.provider.next()
        measured.time.advance(by: .seconds(1))
        call.answer("1")
        _ = try await pending.outcome()
        let reading = measured.reading()
        #expect(reading[#"rosey_llm_request_duration_seconds_sum{action="complete"}"#] == 1.008)
        #expect(reading[#"rosey_llm_overhead_seconds_sum{action="complete"}"#] == 0.008)
    }

    @Test("Waits between tries are the provider's; each try is measured, tries and those who stand in are counted")
    func retries() async throws {
        let other = PuppetProvider("other") { _ in .success(Completion("2", model: "oak")) }
        let measured = Measured(others: [other], retries: 1, fallback: ["other"])
        let pending = try measured.bench.chat("one")
        let timers = measured.time.timersSet
        try await measured.provider.next().fail(ProviderError(.unavailable, "away", retryAfter: .seconds(2)))
        try await measured.time.timersSet(timers + 1)
        measured.time.advance(by: .seconds(3))
        try await measured.provider.next().fail(ProviderError(.unavailable, "away"))
        #expect(try await pending.told() == "2")
        let reading = measured.reading()
        #expect(reading[#"rosey_llm_provider_retries_total{provider="puppet"}"#] == 1)
        #expect(reading[#"rosey_llm_provider_retries_total{provider="other"}"#] == 0)
        #expect(reading[#"rosey_llm_provider_fallbacks_total{provider="puppet"}"#] == 1)
        #expect(reading[#"rosey_llm_request_duration_seconds_sum{action="chat"}"#] == 3)
        #expect(reading[#"rosey_llm_overhead_seconds_sum{action="chat"}"#] == 0)
        let duration = "gen_ai_client_operation_duration_seconds_count"
        #expect(reading["\(duration){\(Self.model),error_type=\"provider_unavailable\"}"] == 2)
        #expect(reading.sum(duration, #"gen_ai_provider_name="other""#) == 1)
    }

    @Test("A breaker's state is 0, 2, 1, 0")
    func breaker() async throws {
        let measured = Measured()
        let state = { measured.reading()[#"rosey_llm_breaker_state{provider="puppet"}"#] }
        #expect(state() == 0)
        let pending = try measured.bench.chat("one")
        try await measured.provider.next().fail(ProviderError(.authentication, "the key is wrong"))
        _ = try await pending.outcome()
        #expect(state() == 2)
        #expect(measured.reading()[#"rosey_llm_breaker_openings_total{provider="puppet"}"#] == 1)
        measured.time.advance(by: .seconds(31))
        #expect(state() == 1)
        let again = try measured.bench.chat("two")
        try await measured.provider.next().answer("2")
        _ = try await again.outcome()
        #expect(state() == 0)
    }

    @Test("Names of models that nobody knows take no place, and of the others there are only so many")
    func hostileNames() async throws {
        let provider = PuppetProvider { request in
            let model = request.model ?? ""
            return model.hasPrefix("no")
                ? .failure(ProviderError(.unknownModel, "no such model"))
                : .success(Completion("1", model: model))
        }
        let measured = Measured(provider)
        var names = (0..<300).map { "no\($0)" } + ["bad\"} 1\n# TYPE evil counter\nevil 2\\", "a\r\nb"]
        names += [String(repeating: "x", count: 5000)] + (0..<300).map { "yes\($0)" }
        for name in names {
            let options = RequestOptions(model: name, provider: "puppet")
            _ = try? await measured.bench.service.complete("hello", options: options)
        }
        let reading = measured.reading()
        let duration = "gen_ai_client_operation_duration_seconds_count"
        let series = reading.samples.keys.filter { $0.hasPrefix(duration) }
        // 100 with `other`, and the latter's failures.
        #expect(series.count == 101)
        #expect(reading.sum(duration, #"gen_ai_request_model="other",error_type="unknown_model""#) == 300)
        #expect(reading.sum(duration) == 603)
        let evil = #"gen_ai_request_model="bad\"} 1\n# TYPE evil counter\nevil 2\\""#
        #expect(reading.sum(duration, evil) == 1)
        #expect(reading.types["evil"] == nil)
        #expect(!series.contains { $0.contains("xxxx") || $0.contains("\"no") })
    }

    @Test("What is running and waiting is there while it is")
    func load() async throws {
        let measured = Measured()
        let first = try measured.bench.chat("one")
        let call = try await measured.provider.next()
        let second = try measured.bench.chat("two")
        #expect(measured.reading()["rosey_llm_requests_running"] == 1)
        #expect(measured.reading()["rosey_llm_requests_waiting"] == 1)
        call.answer("1")
        try await measured.provider.next().answer("2")
        _ = try await first.outcome()
        _ = try await second.outcome()
        #expect(measured.reading()["rosey_llm_requests_waiting"] == 0)
    }

    @Test("Who waits for another's call of a provider spends no time of the service's own")
    func sharedCalls() async throws {
        var settings = ServiceSettings(temperature: 0)
        settings.cache = CacheSettings().with { $0.ttl = .seconds(60) }
        let measured = Measured(settings: settings)
        let work = Work.complete(.text("the same", system: nil))
        let first = try measured.bench.start(work)
        let call = try await measured.provider.next()
        let second = try measured.bench.start(work)
        // Nobody tells when the second has joined the first.
        try await within { while measured.bench.service.cache?.load.waiting != 2 { await Task.yield() } }
        measured.time.advance(by: .seconds(2))
        call.answer("1")
        for pending in [first, second] { #expect(try await pending.told() == "1") }
        let third = try measured.bench.start(work)
        #expect(try await third.told() == "1")
        let reading = measured.reading()
        #expect(measured.provider.requests.count == 1)
        #expect(reading["rosey_llm_cached_answers_total"] == 2)
        #expect(reading["rosey_llm_cache_entries"] == 1)
        #expect(reading[#"rosey_llm_overhead_seconds_count{action="complete"}"#] == 3)
        #expect(reading[#"rosey_llm_request_duration_seconds_sum{action="complete"}"#] == 4)
        #expect(reading[#"rosey_llm_overhead_seconds_sum{action="complete"}"#] == 0)
    }

    @Test("Summaries, memories and turns that are not kept are counted")
    func events() async throws {
        let measured = Measured()
        try await measured.bench.converse("one")
        _ = try await measured.bench.service.remember("Tea is good", channel: "a")
        _ = try await measured.bench.service.recall("tea", channel: "a")
        let reading = measured.reading()
        #expect(reading["rosey_llm_unpersisted_turns_total"] == 1)
        #expect(reading[#"rosey_llm_memory_operations_total{action="add"}"#] == 1)
        #expect(reading[#"rosey_llm_memory_operations_total{action="recall"}"#] == 1)
        #expect(reading[#"rosey_llm_memory_operations_total{action="forget"}"#] == 0)
        #expect(reading[#"rosey_llm_summaries_total{outcome="ok"}"#] == 0)
    }
}
