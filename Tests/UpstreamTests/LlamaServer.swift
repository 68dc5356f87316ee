import Foundation
import HTTPTransport
import LanguageModels
import ServiceRuntime
import TestSupport
import Testing

/// llama-cpp-python's server with a tiny model: llama.cpp as people run it.
struct LlamaServer: Sendable {
    /// What it wants to be sent.
    static let key = "tiny-key-17"
    /// How many tokens a prompt and its answer may have. Much for a model of this size: an answer takes a while.
    static let window = 16384
    /// The Python that has it.
    static let python = Upstream.python("llama")
    static let isInstalled = Upstream.has(python, "gguf", "llama_cpp", "uvicorn")

    /// The one that the tests of a suite share.
    @TaskLocal static var shared: LlamaServer?

    let upstream: Upstream

    /// A provider that speaks to it.
    func provider(key: String? = key) -> OpenAIProvider { Self.provider(upstream.base, key: key) }

    private static func provider(_ base: String, key: String?) -> OpenAIProvider {
        var settings = ProviderSettings(.openai)
        (settings.apiKeys, settings.baseURL) = (key.map { [Secret($0)] } ?? [], base + "/v1")
        (settings.defaultModel, settings.embeddingModel) = ("tiny", "tiny")
        settings.timeouts = HTTPTimeouts(within: .seconds(60))
        return OpenAIProvider(settings, client: Upstream.client)
    }

    /// Runs the body with a server of its own.
    /// - Parameter options: of its command line.
    static func with<Value>(_ options: String..., body: (LlamaServer) async throws -> Value) async throws -> Value {
        try await withTemporaryDirectory { directory in
            let model = directory.appending(path: "tiny.gguf").path
            try await Upstream.run(python, script: "tiny_model.py", model)
            return try await Upstream.with(
                python,
                arguments: { port in
                    [
                        "-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", "\(port)", "--model", model,
                        "--model_alias", "tiny", "--api_key", key, "--n_ctx", "\(window)", "--n_threads", "1",
                        "--n_threads_batch", "1",
                    ] + options
                },
                provider: { provider($0, key: key) }, { try await body(LlamaServer(upstream: $0)) })
        }
    }
}

/// Lets the tests of a suite share one server.
struct SharedLlamaServer: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await LlamaServer.with { server in
            try await LlamaServer.$shared.withValue(server) { try await function() }
        }
    }
}
