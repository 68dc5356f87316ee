import LanguageModels
import ServiceRuntime

/// What is measured of one model at one provider. Names and borders are OpenTelemetry's
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/).
final class ModelSeries: Sendable {
    /// What it is of.
    struct Key: Hashable, Sendable {
        var operation: ProviderExchange.Operation
        var provider: String
        var model: String

        /// All other models of the provider.
        var rest: Key { Key(operation: operation, provider: provider, model: MetricLabel.other) }

        var labels: [MetricsWriter.Label] {
            [
                ("gen_ai_operation_name", operation.rawValue), ("gen_ai_provider_name", provider),
                ("gen_ai_request_model", model),
            ]
        }
    }

    private static let tokenScale = HistogramScale.counts((0..<14).map { 1 << (2 * $0) })
    private static let durationScale = HistogramScale.seconds((0..<14).map { 0.01 * Double(1 << $0) })
    private static let firstTokenScale = HistogramScale.seconds([
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ])

    private let input = Histogram(tokenScale)
    private let output = Histogram(tokenScale)
    private let duration = Histogram(durationScale)
    private let firstToken = Histogram(firstTokenScale)
    /// Of those that failed, by why: the codes there are.
    private let failed = SeriesTable<String, Histogram>(limit: 32) { _ in
        MetricLabel.other
    } make: { _ in
        Histogram(durationScale)
    }

    /// Takes note of an exchange.
    func note(_ exchange: ProviderExchange) {
        if let error = exchange.error {
            let code = LLMError(error, from: exchange.provider).code
            return failed[code.name].observe(exchange.duration)
        }
        duration.observe(exchange.duration)
        if let time = exchange.firstToken { firstToken.observe(time) }
        guard let usage = exchange.usage else { return }
        // The provider's numbers are what it says.
        input.observe(min(usage.promptTokens, 1 << 40))
        if exchange.operation == .chat { output.observe(min(usage.completionTokens, 1 << 40)) }
    }

    /// Writes the four metrics of all models.
    static func write(_ all: [(key: Key, instrument: ModelSeries)], to writer: inout MetricsWriter) {
        writer.begin(
            "gen_ai_client_token_usage", .histogram,
            "Tokens of prompts (input) and answers (output), as providers count them, per exchange.")
        for (key, series) in all {
            writer.sample(series.input, key.labels + [("gen_ai_token_type", "input")])
            if key.operation == .chat { writer.sample(series.output, key.labels + [("gen_ai_token_type", "output")]) }
        }
        writer.begin(
            "gen_ai_client_operation_duration_seconds", .histogram,
            "Exchanges with providers, each try for itself, from the question to the whole answer; error_type where there was none."
        )
        for (key, series) in all {
            writer.sample(series.duration, key.labels)
            for (code, histogram) in series.failed.all { writer.sample(histogram, key.labels + [("error_type", code)]) }
        }
        writer.begin(
            "gen_ai_client_operation_time_to_first_chunk_seconds", .histogram,
            "From asking a provider to the first text of its answer, where the provider streams.")
        for (key, series) in all where key.operation == .chat { writer.sample(series.firstToken, key.labels) }
    }
}
