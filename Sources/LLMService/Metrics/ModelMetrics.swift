import LanguageModels
import Observability

/// What is measured of models, by provider. Names and borders are OpenTelemetry's
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/).
struct ModelMetrics: Sendable {
    /// A model at a provider, asked for one thing.
    private struct Key: Hashable, Sendable {
        var operation: String
        var provider: String
        var model: String

        /// All other models of the provider.
        var rest: Key { Key(operation: operation, provider: provider, model: MetricLabel.other) }
        /// As the labels of all these metrics begin.
        var values: [String] { [operation, provider, model] }
    }

    /// What is measured of exchanges with one model.
    private struct Model: Sendable {
        let values: [String]
        let input, duration: Histogram
        /// Nil for vectors.
        let output, firstChunk: Histogram?
    }

    /// The most models that are told apart; the rest of a provider's are `other`.
    private static let maxModels = 100
    private let models: MetricsTable<Key, Model>
    private let durations: MetricFamily<Histogram>
    private let firstTokens: MetricsTable<Key, Histogram>

    init(_ registry: MetricsRegistry) {
        let firstTokenScale = HistogramScale.seconds([
            0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
        ])
        let (operation, provider, model) = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")
        let tokens = registry.histograms(
            "gen_ai_client_token_usage",
            "Tokens of prompts (input) and answers (output), as providers count them, per exchange.",
            .counts((0..<14).map { 1 << (2 * $0) }), by: operation, provider, model, "gen_ai_token_type")
        let durations = registry.histograms(
            "gen_ai_client_operation_duration_seconds",
            "Exchanges with providers, each try for itself, from the question to the whole answer; error_type where there was none.",
            .seconds((0..<14).map { 0.01 * Double(1 << $0) }), by: operation, provider, model, "error_type")
        let firstChunks = registry.histograms(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "From asking a provider to the first text of its answer, where the provider streams.", firstTokenScale,
            by: operation, provider, model)
        let firstTokens = registry.histograms(
            "gen_ai_server_time_to_first_token_seconds",
            "From a request's coming to the first text of its answer, waiting included; not of answers that were there already.",
            firstTokenScale, by: operation, provider, "gen_ai_response_model")
        models = MetricsTable(limit: Self.maxModels, rest: \.rest) { key in
            let isChat = key.operation == "chat"
            return Model(
                values: key.values, input: tokens[key.values + ["input"]], duration: durations[key.values],
                output: isChat ? tokens[key.values + ["output"]] : nil,
                firstChunk: isChat ? firstChunks[key.values] : nil)
        }
        self.durations = durations
        self.firstTokens = MetricsTable(limit: Self.maxModels, rest: \.rest) { firstTokens[$0.values] }
    }

    /// Begins at 0 for a provider's default model.
    func expect(_ provider: any Provider) {
        _ = models[Key(operation: "chat", provider: provider.name, model: provider.defaultModel)]
    }

    /// Measures when the first text of an answer came, as whoever asked saw it.
    func observe(firstToken time: Duration, provider: String, model: String) {
        firstTokens[Key(operation: "chat", provider: provider, model: MetricLabel.value(model))].observe(time)
    }

    /// Measures an exchange with a provider.
    func observe(
        _ call: ProviderCall, on route: Route, _ result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) {
        let provider = route.provider.name
        var key = Key(operation: "chat", provider: provider, model: route.modelName)
        if case .embeddings = call { key = Key(operation: "embeddings", provider: provider, model: route.model ?? "") }
        // A provider's default model is that for chats, so what the answer says is nearer the truth.
        if case .success(.embeddings(let vectors)) = result, route.model == nil { key.model = vectors.model }
        key.model = MetricLabel.value(key.model)
        switch result {
        case .failure(let error):
            // A name that no provider knew is nobody's: whoever asks must not use up the places of those that there are.
            let code = LLMError(error, from: provider).code
            durations[models.known(key).values + [code.name]].observe(duration)
        case .success(let answer):
            let model = models[key]
            model.duration.observe(duration)
            if let time = answer.timing?.firstToken { model.firstChunk?.observe(time) }
            guard let usage = answer.usage else { return }
            // The provider's numbers are what it says.
            model.input.observe(min(usage.promptTokens, 1 << 40))
            model.output?.observe(min(usage.completionTokens, 1 << 40))
        }
    }
}
