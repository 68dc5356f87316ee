import LanguageModels
import ServiceRuntime

/// What becomes of providers that fail, by provider: those of the registry, so there are few.
final class DispatchSeries: Sendable {
    private let retries = table()
    private let fallbacks = table()
    private let keyChanges = table()
    private let openings = table()

    private static func table() -> SeriesTable<String, Counter> {
        SeriesTable(limit: 100) { _ in
            MetricLabel.other
        } make: { _ in
            Counter()
        }
    }

    /// Counts what happened.
    func note(_ event: DispatchEvent) {
        switch event {
        case .retrying(let provider, _, _): retries[provider].add()
        case .movedOn(let provider, _, _): fallbacks[provider].add()
        case .changedKey(let provider, _): keyChanges[provider].add()
        case .breaker(let provider, .open, _): openings[provider].add()
        case .breaker: break
        }
    }

    /// Begins at 0 for a provider.
    func expect(_ provider: String) {
        for table in [retries, fallbacks, keyChanges, openings] { _ = table[provider] }
    }

    /// Writes the metrics.
    func write(to writer: inout MetricsWriter) {
        write(retries, "rosey_llm_provider_retries_total", "Further tries at the same provider, after a wait.", &writer)
        write(
            fallbacks, "rosey_llm_provider_fallbacks_total", "Requests that went on to another provider from this one.",
            &writer)
        write(
            keyChanges, "rosey_llm_provider_key_changes_total",
            "Keys of the provider that were put aside for a while, and another one tried.", &writer)
        write(
            openings, "rosey_llm_breaker_openings_total", "Times the provider began to be left alone for a while.",
            &writer)
    }

    private func write(
        _ table: SeriesTable<String, Counter>, _ name: String, _ help: String, _ writer: inout MetricsWriter
    ) {
        writer.begin(name, .counter, help)
        for (provider, counter) in table.all { writer.sample(counter.value, [("provider", provider)]) }
    }
}
