package import LanguageModels
package import ServiceRuntime

/// Measures a service, by what it tells: a few atomic additions a request. No channel's or user's name is in it.
package final class ServiceMetrics: Sendable {
    /// The most models that are told apart; the rest of a provider's are `other`.
    private static let maxModels = 100

    private let courses = Course.Action.allCases.map { (action: $0, series: CourseSeries()) }
    private let models = SeriesTable<ModelSeries.Key, ModelSeries>(limit: maxModels) {
        $0.rest
    } make: { _ in
        ModelSeries()
    }
    private let firstTokens = FirstTokenSeries(limit: maxModels)
    private let dispatches = DispatchSeries()
    private let events = EventSeries()

    /// Nothing measured yet.
    package init() {}

    /// For the service's `onDispatch`.
    @Sendable
    package func tell(_ event: DispatchEvent) { dispatches.note(event) }

    /// Measures a service from now on, and adds what is measured to a registry.
    package func watch(_ service: LLMService, for registry: MetricsRegistry) {
        for provider in service.registry.list() {
            dispatches.expect(provider.name)
            let key = ModelSeries.Key(operation: .chat, provider: provider.name, model: provider.defaultModel)
            _ = models[key]
        }
        service.events.watch { [self] in note($0) }
        service.exchanges.watch { [self] in note($0) }
        registry.add { [self, weak service] writer in
            CourseSeries.write(courses, to: &writer)
            ModelSeries.write(models.all, to: &writer)
            firstTokens.write(to: &writer)
            dispatches.write(to: &writer)
            events.write(to: &writer)
            if let service { Self.write(service, to: &writer) }
        }
    }

    private func note(_ event: ServiceEvent) {
        switch event {
        case .response(let response):
            if let course = response.course { note(course) }
            if let time = response.firstToken {
                firstTokens.note(time, provider: response.provider, model: response.model)
            }
        case .failure(let failure): if let course = failure.course { note(course) }
        case .memory, .summarized, .unsummarized, .forgetful, .threshold: break
        }
        events.note(event)
    }

    private func note(_ course: Course) {
        for (action, series) in courses where action == course.action { series.note(course) }
    }

    /// A name that no provider knew is nobody's: whoever asks must not use up the places of those that there are.
    private func note(_ exchange: ProviderExchange) {
        let key = ModelSeries.Key(
            operation: exchange.operation, provider: exchange.provider, model: MetricLabel.value(exchange.model))
        (exchange.error == nil ? models[key] : models.known(key)).note(exchange)
    }

    private static func write(_ service: LLMService, to writer: inout MetricsWriter) {
        let load = service.load
        writer.gauge("rosey_llm_requests_running", load.running, "Requests at work, of which a provider may be asked.")
        writer.gauge("rosey_llm_requests_waiting", load.waiting, "Requests in line, of a channel or of all.")
        writer.gauge(
            "rosey_llm_background_work", service.background.count,
            "Summaries and the like that run or wait behind answers.")
        let cached = service.cache?.load
        writer.gauge(
            "rosey_llm_cache_entries", cached?.stored ?? 0, "Answers that are kept for those who ask the same.")
        writer.gauge("rosey_llm_cache_bytes", cached?.bytes ?? 0, "Their size.")
        writer.begin(
            "rosey_llm_breaker_state", .gauge,
            "Whether a provider is asked: 0 it is, 1 one request at a time tries it, 2 it is left alone.")
        for provider in service.registry.list() {
            guard let breaker = service.router.report(on: provider.name)?.breaker else { continue }
            writer.sample(breaker.number, [("provider", provider.name)])
        }
    }
}

extension BreakerState {
    /// In order of severity.
    fileprivate var number: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
