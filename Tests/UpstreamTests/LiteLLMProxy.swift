import Foundation
import HTTPTransport
import LanguageModels
import ServiceRuntime
import TestSupport
import Testing

/// LiteLLM's proxy, behind it models of ours, and some of its own that always say the same.
struct LiteLLMProxy: Sendable {
    /// The key that it wants.
    static let key = "sk-the-proxys-17"
    /// The Python that has it.
    static let python = Upstream.python("litellm")
    static let isInstalled = Upstream.has(python, "fastapi", "litellm", "prisma", "uvicorn")

    /// Its own models, and what they say.
    static let mocks = [
        "mock": "Hello from the proxy itself, 日本", "mock-limited": "litellm.RateLimitError",
        "mock-broken": "litellm.InternalServerError", "mock-too-long": "litellm.ContextWindowExceededError",
        "mock-failing": "Exception: mock_streaming_error",
    ]
    /// The models behind it.
    static let relayed =
        FakeModels.refusals.keys.sorted() + ["hello", "cut-short", "reasoner", "failing", "endless", "page", "vectors"]

    /// The one that the tests of a suite share.
    @TaskLocal static var shared: LiteLLMProxy?

    let upstream: Upstream
    /// What stands behind it.
    let models: FakeModels

    /// A provider that speaks to it.
    func provider(key: String? = key) -> OpenAIProvider { Self.provider(upstream.base, key: key) }

    private static func provider(_ base: String, key: String?) -> OpenAIProvider {
        var settings = ProviderSettings(.openai, name: "proxy")
        (settings.apiKeys, settings.baseURL) = (key.map { [Secret($0)] } ?? [], base + "/v1")
        (settings.defaultModel, settings.embeddingModel) = ("hello", "vectors")
        settings.timeouts = HTTPTimeouts(within: .seconds(60))
        return OpenAIProvider(settings, client: Upstream.client)
    }

    /// Runs the body with a proxy of its own.
    static func with(_ body: @escaping @Sendable (LiteLLMProxy) async throws -> Void) async throws {
        let models = FakeModels()
        try await withHTTPServer(handler: models.answer) { _, fake in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "config.yaml")
                try configuration(fake).write(to: file, atomically: true, encoding: .utf8)
                try await Upstream.with(
                    python,
                    // It would else ask the internet what models cost.
                    environment: ["LITELLM_LOCAL_MODEL_COST_MAP": "True"],
                    arguments: { port in
                        [
                            "-m", "litellm.proxy.proxy_cli", "--config", file.path, "--host", "127.0.0.1", "--port",
                            "\(port)",
                        ]
                    }, provider: { provider($0, key: key) },
                    { try await body(LiteLLMProxy(upstream: $0, models: models)) })
            }
        }
    }

    private static func configuration(_ fake: String) -> String {
        let behind = relayed.map { name in
            "{model_name: \(name), litellm_params: {model: openai/\(name), api_base: '\(fake)/v1', api_key: k}}"
        }
        let own = mocks.sorted { $0.key < $1.key }.map { name, says in
            "{model_name: \(name), litellm_params: {model: openai/\(name), api_key: k, mock_response: '\(says)'}}"
        }
        return """
            model_list: [\((behind + own).joined(separator: ", "))]
            general_settings: {master_key: \(key)}
            litellm_settings: {num_retries: 0, telemetry: false}
            router_settings: {num_retries: 0, allowed_fails: 0, cooldown_time: 600}

            """
    }
}

/// Lets the tests of a suite share one proxy.
struct SharedLiteLLMProxy: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withoutActuallyEscaping(function) { function in
            try await LiteLLMProxy.with { proxy in
                try await LiteLLMProxy.$shared.withValue(proxy) { try await function() }
            }
        }
    }
}
