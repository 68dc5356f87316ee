import ServiceRuntime

/// When the first text of answers came, as those who asked saw it; by provider and model.
struct FirstTokenSeries: Sendable {
    private struct Key: Hashable, Sendable {
        var provider: String
        var model: String
    }

    private let table: SeriesTable<Key, Histogram>

    /// - Parameter limit: the most models that are told apart.
    init(limit: Int) {
        table = SeriesTable(limit: limit) {
            Key(provider: $0.provider, model: MetricLabel.other)
        } make: { _ in
            // As OpenTelemetry has them for gen_ai.server.time_to_first_token.
            Histogram(
                .seconds([
                    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
                ]))
        }
    }

    /// Takes note of an answer.
    func note(_ time: Duration, provider: String, model: String) {
        table[Key(provider: provider, model: MetricLabel.value(model))].observe(time)
    }

    /// Writes the metric.
    func write(to writer: inout MetricsWriter) {
        writer.begin(
            "gen_ai_server_time_to_first_token_seconds", .histogram,
            "From a request's coming to the first text of its answer, waiting included; not of answers that were there already."
        )
        for (key, histogram) in table.all {
            writer.sample(
                histogram,
                [
                    ("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", key.provider),
                    ("gen_ai_response_model", key.model),
                ])
        }
    }
}
