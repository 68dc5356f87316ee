import Conversations
import CoreTestSupport
import LanguageModels
import Observability
import ServiceRuntime
import Synchronization
import Testing

@testable import LLMService

/// A service, the provider behind it, and the time it lives in.
struct Bench: Sendable {
    let provider: PuppetProvider
    let time: ManualTime
    let service: LLMService
    /// What an operator hears.
    let events = Recorder<RoutingEvent>()

    /// - Parameters:
    ///   - others: more providers, behind the default one.
    ///   - retries: how often each is asked again.
    ///   - fallback: who is asked instead of one that fails.
    ///   - metrics: where what the service counts is added.
    init(
        _ provider: PuppetProvider = PuppetProvider(), others: [PuppetProvider] = [], retries: Int = 0,
        fallback: [String] = [], settings: ServiceSettings = ServiceSettings(),
        metrics: MetricsRegistry = MetricsRegistry()
    ) {
        self.provider = provider
        time = ManualTime()
        let registry = ProviderRegistry()
        for provider in [provider] + others { registry.register(provider, policy: ProviderPolicy(maxRetries: retries)) }
        registry.setFallback(fallback)
        service = LLMService(registry: registry, settings: settings, time: time, metrics: metrics)
        service.events.subscribe { [events] in if case .routing(let event) = $0 { events.append(event) } }
    }

    /// Takes a place in line, and runs.
    func start(_ work: Work, _ options: RequestOptions = RequestOptions()) throws -> Pending {
        Pending(try service.submit(work, options: options))
    }

    /// The next turn of a channel.
    func chat(_ message: String, _ channel: String = "a", _ options: RequestOptions = RequestOptions()) throws
        -> Pending
    {
        try start(.chat(message: message, channel: channel, username: "alice"), options)
    }

    /// A whole turn: asked, answered with `re: ` and the question, delivered.
    @discardableResult
    func converse(
        _ message: String, _ channel: String = "a", _ options: RequestOptions = RequestOptions()
    ) async throws -> Answer {
        let pending = try chat(message, channel, options)
        let call = try await provider.next()
        call.answer("re: \(message)")
        return try await pending.outcome().get()
    }

    /// The turns of a channel as they are kept.
    func turns(_ channel: String = "a") async -> [String] {
        await service.stores.conversations.value(channel).turns.map { "\($0.question) | \($0.answer)" }
    }
}

/// A request that is in the queue, and not started.
struct Submission: Sendable {
    let exchange: Exchange
    fileprivate let responder: RecordingResponder
}

extension LLMService {
    /// Takes a request into the queue.
    func submit(_ work: Work, options: RequestOptions) throws(LLMError) -> Submission {
        let responder = RecordingResponder()
        return Submission(exchange: try submit(work, options: options, to: responder), responder: responder)
    }
}

/// Keeps what is delivered.
private final class RecordingResponder: Responder {
    let deliveries = Recorder<Result<Answer, LLMError>>()
    private let hooks = Mutex<(deltas: DeltaSink?, onDelivery: (@Sendable () async -> Void)?)>((nil, nil))

    func set(_ deltas: DeltaSink?, _ onDelivery: (@Sendable () async -> Void)?) {
        hooks.withLock { $0 = (deltas, onDelivery) }
    }

    var takesDeltas: Bool { hooks.withLock { $0.deltas != nil } }
    func delta(_ text: String) { hooks.withLock { $0.deltas }?(text) }
    func finish(_ result: Result<Answer, LLMError>) { deliveries.append(result) }
    func settle() async { await hooks.withLock { $0.onDelivery }?() }
}

/// A request under way.
final class Pending: Sendable {
    let requestID: String
    private let deliveries: Recorder<Result<Answer, LLMError>>
    private let task: Task<Void, Never>

    /// - Parameter onDelivery: done after the delivery, and waited for.
    init(_ submission: Submission, deltas: DeltaSink? = nil, onDelivery: (@Sendable () async -> Void)? = nil) {
        requestID = submission.exchange.requestID
        deliveries = submission.responder.deliveries
        submission.responder.set(deltas, onDelivery)
        task = Task { await submission.exchange.run() }
    }

    /// Whether it was delivered.
    var isDelivered: Bool { !deliveries.all.isEmpty }

    /// Cancels the task that called.
    func cancelCaller() { task.cancel() }

    /// Its one outcome, once it comes. That it is the only one is checked.
    func outcome(_ location: SourceLocation = #_sourceLocation) async throws -> Result<Answer, LLMError> {
        try await within { [task] in await task.value }
        let all = deliveries.all
        #expect(all.count == 1, "exactly one outcome", sourceLocation: location)
        return try #require(all.first, sourceLocation: location)
    }

    /// Its one outcome in short: the answer's text, or `code: message`.
    func told(_ location: SourceLocation = #_sourceLocation) async throws -> String { try await outcome(location).told }
}

extension Result<Answer, LLMError> {
    /// The answer's text, or `code: message`.
    var told: String {
        switch self {
        case .success(let answer): answer.content
        case .failure(let error): "\(error.code): \(error.message)"
        }
    }
}

/// What the service tells of those it stops.
enum Told {
    static let cancelled = "cancelled: the request was cancelled"
    static let shutdown = "shutting_down: the service is restarting; please try again in a moment"
    static func lateRunning(_ budget: String) -> String {
        "timeout: the language model did not finish within \(budget) in all"
    }
    static func lateWaiting(_ budget: String) -> String {
        "timeout: the request waited for its turn until its \(budget) were over"
    }
}

extension LLMService {
    /// ``chat(_:channel:username:options:deltas:)``, bounded, and in short.
    func told(_ message: String, channel: String, options: RequestOptions = RequestOptions()) async throws -> String {
        try await within {
            do throws(LLMError) {
                return try await self.chat(message, channel: channel, options: options).content
            } catch {
                return "\(error.code): \(error.message)"
            }
        }
    }
}
