import HTTPTransport
import LanguageModels
import ServiceRuntime
import TestSupport
import Testing

/// How a server's bytes are written.
enum Delivery: String, Sendable, CaseIterable { case whole, byteByByte }

/// A provider under test.
enum Wire: String, Sendable, CaseIterable {
    case openAI = "openai"
    case ollama, openRouter = "openrouter"

    static let key = "key-aVeryLongOne-17"
    /// Nothing here waits so long.
    static let patience = HTTPTimeouts(
        connect: .seconds(60), firstByte: .seconds(120), idle: .seconds(120), total: .seconds(240))

    func provider(
        _ base: String, keys: [String] = [key], timeouts: HTTPTimeouts = patience, client: HTTPClient = .shared
    ) -> any Provider {
        let type: ProviderType =
            switch self {
            case .openAI: .openai
            case .openRouter: .openrouter
            case .ollama: .ollama
            }
        var settings = ProviderSettings(type)
        (settings.baseURL, settings.apiKeys, settings.timeouts) = (base, keys.map { Secret($0) }, timeouts)
        return settings.provider(on: client)
    }
}

/// What came of a request: the answer or why there is none, and what was handed out of it.
struct Outcome: Sendable {
    let result: Result<Completion, ProviderError>
    let pieces: [String]

    /// Asks a provider.
    ///
    /// - Parameter onPiece: hears of each piece that is handed out.
    init(_ provider: any Provider, model: String? = nil, onPiece: @escaping @Sendable () -> Void = {}) async {
        let pieces = Pieces()
        let request = CompletionRequest(
            .messages([ChatMessage(.user, "Hello")]), model: model, temperature: 0.7, maxTokens: 50)
        do throws(ProviderError) {
            let answer = try await provider.complete(request) { piece in
                pieces.add(piece)
                onPiece()
            }
            result = .success(answer)
        } catch {
            result = .failure(error)
        }
        self.pieces = pieces.all
    }

    var text: String { pieces.joined() }

    /// Checks that it is as expected.
    func expect(_ expected: Fault.Expected, sourceLocation: SourceLocation = #_sourceLocation) {
        switch (result, expected) {
        case (.success(let answer), .answer(let expected)):
            #expect(answer.untimed == expected, sourceLocation: sourceLocation)
            #expect(answer.timing != nil, sourceLocation: sourceLocation)
            #expect(text == answer.content, "what was handed out is the answer", sourceLocation: sourceLocation)
            #expect(!pieces.contains(""), sourceLocation: sourceLocation)
        case (.failure(let error), .failure(let expected, let handedOut)):
            #expect(error.code == expected.code, "\(error.debugDescription)", sourceLocation: sourceLocation)
            // These words and no others: nothing of the provider's, no key, no address.
            #expect(error.description == expected.description, sourceLocation: sourceLocation)
            #expect(!error.debugDescription.contains(Wire.key), sourceLocation: sourceLocation)
            #expect(error.retryAfter == expected.retryAfter, sourceLocation: sourceLocation)
            #expect(error.isRetryable == expected.isRetryable, sourceLocation: sourceLocation)
            #expect(text == handedOut, sourceLocation: sourceLocation)
        case (.success(let answer), .failure):
            Issue.record("a failure was expected, not \(answer)", sourceLocation: sourceLocation)
        case (.failure(let error), .answer):
            Issue.record("an answer was expected, not \(error.debugDescription)", sourceLocation: sourceLocation)
        }
    }
}

extension Fault {
    /// Some sentences name the provider: they are left empty in the table.
    private func expected(of wire: Wire) -> Expected {
        guard case .failure(let error, let handedOut) = expected, error.description.isEmpty else { return expected }
        let sentence =
            switch error.code {
            case .quota: Sentence.credit(wire.rawValue)
            case .authentication: Sentence.key(wire.rawValue)
            default: Sentence.nobody(wire.rawValue)
            }
        return .failure(ProviderError(error.code, sentence, retryAfter: error.retryAfter), handedOut: handedOut)
    }

    /// Plays it to a provider.
    func play(to wire: Wire, _ delivery: Delivery, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let bytes = bytes
        let hasLength = hasLength
        try await RawServer.with({ connection in
            while connection.readRequest() != nil {
                // Beyond this size bytes alone would only take their time.
                if delivery == .byteByByte, bytes.count < 1 << 16 {
                    connection.sendEach(bytes)
                } else {
                    connection.send(bytes)
                }
                if !hasLength { return }
            }
        }) { server in
            let outcome = await Outcome(wire.provider(server.url))
            outcome.expect(expected(of: wire), sourceLocation: sourceLocation)
            if case .failure(let error) = outcome.result {
                #expect(!error.description.contains("127.0.0.1"), sourceLocation: sourceLocation)
                #expect(!error.description.contains("\(server.port)"), sourceLocation: sourceLocation)
                // What providers say in these faults has this word in it.
                #expect(!error.description.contains("xyzzy"), sourceLocation: sourceLocation)
            }
        }
    }
}
