import LanguageModels
import Synchronization
import TestSupport
import Testing

/// The pieces of an answer, as they came.
final class Pieces: Sendable {
    private let pieces = Mutex<[String]>([])
    var all: [String] { pieces.withLock { $0 } }
    @Sendable func add(_ piece: String) { pieces.withLock { $0.append(piece) } }
}

extension Provider {
    /// Asks, and looks whether the pieces are the answer.
    func ask(_ request: CompletionRequest, _ location: SourceLocation = #_sourceLocation) async throws -> Completion {
        let pieces = Pieces()
        let answer = try await complete(request, deltas: pieces.add)
        #expect(pieces.all.joined() == answer.content, sourceLocation: location)
        #expect(!pieces.all.contains(""), sourceLocation: location)
        return answer
    }

    /// Asks for what has to fail.
    func refusal(_ request: CompletionRequest, _ location: SourceLocation = #_sourceLocation) async -> ProviderError? {
        await #expect(throws: ProviderError.self, sourceLocation: location) { try await complete(request, deltas: nil) }
    }
}

extension CompletionRequest {
    /// One message, whose answer is always the same.
    init(_ text: String, model: String? = nil, maxTokens: Int? = 8) {
        self.init(.messages([ChatMessage(.user, text)]), model: model, temperature: 0, maxTokens: maxTokens)
    }
}
