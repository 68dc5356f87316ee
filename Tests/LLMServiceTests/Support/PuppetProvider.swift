import CoreTestSupport
import LanguageModels
import Synchronization

/// A provider that answers when a test tells it to, and remembers what it was asked.
final class PuppetProvider: Provider {
    typealias Reply = Result<Completion, ProviderError>

    let name: String
    let defaultModel: String
    /// Whether it goes on when its caller's task is cancelled.
    let isStubborn: Bool
    let contextWindow: Int?
    private let script: (@Sendable (CompletionRequest) async -> Reply)?
    private let offer: Result<[String], ProviderError>

    private struct State {
        var calls: [PuppetCall] = []
        /// The calls that a test has seen.
        var seen = 0
        var watcher: CheckedContinuation<PuppetCall, Never>?
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - models: what it offers.
    ///   - script: answers in the test's stead.
    init(
        _ name: String = "puppet", defaultModel: String = "wood",
        models: Result<[String], ProviderError> = .success([]),
        isStubborn: Bool = false, contextWindow: Int? = nil,
        script: (@Sendable (CompletionRequest) async -> Reply)? = nil
    ) {
        self.name = name
        self.defaultModel = defaultModel
        self.isStubborn = isStubborn
        self.contextWindow = contextWindow
        self.script = script
        offer = models
    }

    /// What it was asked, oldest first.
    var requests: [CompletionRequest] { state.withLock { $0.calls.map(\.request) } }

    /// The next call, once it comes.
    func next() async throws -> PuppetCall {
        let call = try await within {
            await withCheckedContinuation { continuation in
                let call = self.state.withLock { state -> PuppetCall? in
                    guard state.seen < state.calls.count else {
                        state.watcher = continuation
                        return nil
                    }
                    state.seen += 1
                    return state.calls[state.seen - 1]
                }
                if let call { continuation.resume(returning: call) }
            }
        }
        // The thread sanitizer does not see that a continuation hands it over. It sees the lock, under which it was put down.
        return state.withLock { _ in call }
    }

    func isAvailable() async -> Bool { true }

    func models() async throws(ProviderError) -> [String] { try offer.get() }

    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        let call = PuppetCall(request, deltas, isStubborn: isStubborn)
        let watcher = state.withLock { state -> CheckedContinuation<PuppetCall, Never>? in
            state.calls.append(call)
            defer { state.watcher = nil }
            if state.watcher != nil { state.seen += 1 }
            return state.watcher
        }
        watcher?.resume(returning: call)
        guard let script else { return try await call.reply().get() }
        return try await script(request).get()
    }
}

/// One call of a ``PuppetProvider``, which waits for its reply.
final class PuppetCall: Sendable {
    private enum State {
        case asked
        case waiting(CheckedContinuation<PuppetProvider.Reply, Never>)
        case replied(PuppetProvider.Reply)
    }

    let request: CompletionRequest
    /// Where the pieces of its answer go; nil once it is answered: what is remembered of it is not to keep alive what knows
    /// the provider.
    var deltas: DeltaSink? { sink.withLock { $0 } }
    private let isStubborn: Bool
    private let sink: Mutex<DeltaSink?>
    private let state = Mutex(State.asked)

    init(_ request: CompletionRequest, _ deltas: DeltaSink?, isStubborn: Bool) {
        self.request = request
        sink = Mutex(deltas)
        self.isStubborn = isStubborn
    }

    /// What is asked, without what was said before.
    var question: String { request.messages.last?.content ?? "" }

    func answer(
        _ text: String, model: String = "oak", finishReason: FinishReason = .stop, usage: TokenUsage? = nil
    ) {
        finish(.success(Completion(text, model: model, finishReason: finishReason, usage: usage)))
    }

    func fail(_ error: ProviderError) { finish(.failure(error)) }

    fileprivate func reply() async -> PuppetProvider.Reply {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let reply = state.withLock { state -> PuppetProvider.Reply? in
                    if case .replied(let reply) = state { return reply }
                    state = .waiting(continuation)
                    return nil
                }
                if let reply { continuation.resume(returning: reply) }
            }
        } onCancel: {
            if !isStubborn { finish(.failure(ProviderError(.cancelled, "the caller is gone"))) }
        }
    }

    private func finish(_ reply: PuppetProvider.Reply) {
        let continuation = state.withLock { state -> CheckedContinuation<PuppetProvider.Reply, Never>? in
            defer { if case .replied = state {} else { state = .replied(reply) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        _ = sink.withLock { $0.take() }
        continuation?.resume(returning: reply)
    }
}
