import Concurrency
import LanguageModels
import Observability
import Synchronization

/// Counts what a request costs, in tokens and in time, whether an answer comes of it or not.
final class UsageMeter: Sendable {
    /// The request's span, which each try is below; nil where nobody traces.
    let span: TraceSpan?
    private let spent = Atomic(0)
    /// Bytes of the answer that is on its way.
    private let emitted = Atomic(0)
    private let queueNanoseconds = Atomic(0)
    private let providerNanoseconds = Atomic(0)

    init(below span: TraceSpan? = nil) { self.span = span }

    /// The tokens.
    var tokens: Int { spent.load(ordering: .relaxed) }

    /// How long the request waited for its slot.
    var queueTime: Duration {
        get { .nanoseconds(queueNanoseconds.load(ordering: .relaxed)) }
        set { queueNanoseconds.store(newValue.nanoseconds, ordering: .relaxed) }
    }

    /// How long providers were waited for.
    var providerTime: Duration {
        get { .nanoseconds(providerNanoseconds.load(ordering: .relaxed)) }
        set { providerNanoseconds.store(newValue.nanoseconds, ordering: .relaxed) }
    }

    /// Adds a piece of an answer that was handed out.
    func emit(_ piece: String) { emitted.add(piece.utf8.count, ordering: .relaxed) }

    /// An answer came. Where the provider does not count, its length tells.
    @inline(never)
    func add(_ completion: Completion, to request: CompletionRequest) {
        emitted.store(0, ordering: .relaxed)
        add(completion.usage) { TokenEstimate.tokens(bytes: request.promptBytes + completion.content.utf8.count) }
    }

    /// Vectors came.
    func add(_ embeddings: Embeddings, of inputs: [String]) {
        add(embeddings.usage) { TokenEstimate.tokens(of: inputs) }
    }

    /// Vectors were asked for, and did not come in time.
    func breakOff(_ inputs: [String]) { spent.add(TokenEstimate.tokens(of: inputs), ordering: .relaxed) }

    /// No answer came. One that broke off, or was stopped, has cost what came of it.
    ///
    /// - Parameter isStopped: whether a provider was at work when it ended: it had the prompt to read at least.
    @inline(never)
    func breakOff(_ request: CompletionRequest, isStopped: Bool) {
        let bytes = emitted.exchange(0, ordering: .relaxed)
        if bytes > 0 || isStopped {
            spent.add(TokenEstimate.tokens(bytes: request.promptBytes + bytes), ordering: .relaxed)
        }
    }

    private func add(_ usage: TokenUsage?, or estimate: () -> Int) {
        // The provider's numbers are what it says: no sum of them is to be too large for a number.
        let parts = usage.map { [$0.promptTokens, $0.completionTokens] } ?? [estimate()]
        for part in parts { spent.add(min(max(0, part), 1 << 40), ordering: .relaxed) }
    }
}

/// How many tokens a text is, where nobody has counted.
enum TokenEstimate {
    /// Four bytes a token.
    static func tokens(bytes: Int) -> Int { (bytes + 3) / 4 }

    /// Those of several texts together.
    static func tokens(of texts: [String]) -> Int { tokens(bytes: texts.reduce(0) { $0 + $1.utf8.count }) }
}

extension CompletionRequest {
    /// The bytes of all that the model is to read.
    var promptBytes: Int {
        switch input {
        case .messages(let messages): messages.reduce(0) { $0 + $1.contentBytes }
        case .text(let prompt, let system): prompt.utf8.count + (system?.utf8.count ?? 0)
        }
    }
}
