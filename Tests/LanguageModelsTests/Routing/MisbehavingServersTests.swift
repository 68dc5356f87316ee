import CoreTestSupport
import HTTPTransport
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@testable import LanguageModels

/// A server that does with each request what a list says, over and over.
private final class Misbehaving: Sendable {
    enum Deed: CaseIterable {
        /// An answer of three pieces.
        case good
        case overloaded, rateLimited, refusal, page, reset, cutBeforeText, cutAfterText, empty
    }

    private struct State {
        var deeds: [Deed]
        var requests = 0
    }

    private let name: String
    private let state: Mutex<State>

    init(_ name: String, _ deeds: [Deed]) {
        self.name = name
        state = Mutex(State(deeds: deeds))
    }

    var requests: Int { state.withLock { $0.requests } }

    func turn(_ deeds: [Deed]) { state.withLock { $0.deeds = deeds } }

    @Sendable
    func serve(_ connection: RawServerConnection) {
        while connection.readRequest() != nil {
            let deed = state.withLock { state in
                defer { state.requests += 1 }
                return state.deeds[state.requests % state.deeds.count]
            }
            guard perform(deed, connection) else { return }
        }
    }

    /// Returns whether the connection goes on.
    private func perform(_ deed: Deed, _ connection: RawServerConnection) -> Bool {
        switch deed {
        case .good:
            stream(connection)
            for piece in ["I am ", name, "."] { chunk(connection, Self.text(piece)) }
            chunk(connection, #"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\n")
            chunk(connection, "data: [DONE]\n\n")
            return connection.send("0\r\n\r\n")
        case .overloaded: return connection.answer(#"{"error":{"message":"busy"}}"#, status: "503 X")
        case .rateLimited: return connection.answer(#"{"error":{"message":"slow"}}"#, status: "429 X")
        case .refusal:
            let error =
                #"{"error":{"message":"Unknown parameter","param":"stream_options","code":"unknown_parameter"}}"#
            return connection.answer(error, status: "400 X")
        case .page: return connection.answer("<html>sorry</html>", status: "502 X")
        case .empty: return connection.answer("")
        case .reset:
            connection.reset()
            return false
        case .cutBeforeText:
            stream(connection)
            chunk(connection, ": wait\n\n")
            return false
        case .cutAfterText:
            stream(connection)
            chunk(connection, Self.text("I a"))
            return false
        }
    }

    private func stream(_ connection: RawServerConnection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    private func chunk(_ connection: RawServerConnection, _ text: String) {
        connection.send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    private static func text(_ text: String) -> String {
        #"data: {"choices":[{"delta":{"content":"\#(text)"},"finish_reason":null}]}"# + "\n\n"
    }
}

/// A request that takes whatever answer there is.
private final class Greeting: RoutedRequest {
    let route: Route
    let deadline: ContinuousClock.Instant
    let pieces = Recorder<String>()

    init(_ route: Route, deadline: ContinuousClock.Instant) { (self.route, self.deadline) = (route, deadline) }

    var fallsBack: Bool { true }

    var hasEmitted: Bool { !pieces.all.isEmpty }

    func call(on route: Route, attempt: Int) -> ProviderCall {
        .completion(CompletionCall(CompletionRequest(.text("Hi", system: nil))) { [pieces] in pieces.append($0) })
    }

    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) -> Result<ProviderAnswer, ProviderError> { result }

    func followUp(to answer: ProviderAnswer) -> (any RoutedRequest)? { nil }

    func followUp(to failure: RoutingFailure) -> (any RoutedRequest)? { nil }
}

@Suite("Two providers that misbehave at once")
struct MisbehavingServersTests {
    /// What came of a request: its pieces, its answer or failure, who was asked how often.
    private struct End: Sendable {
        var pieces: [String]
        var result: Result<Completion, ProviderError>
        var provider: String
        var attempts: Int
    }

    private func ask(_ router: Router, _ first: any Provider, _ time: ManualTime) async -> End {
        let request = Greeting(Route(provider: first, model: nil), deadline: time.now + .seconds(300))
        do throws(RoutingFailure) {
            let answer = try await router.answer(to: request)
            guard case .completion(let completion) = answer.answer else { preconditionFailure("no completion") }
            return End(
                pieces: request.pieces.all, result: .success(completion), provider: answer.route.provider.name,
                attempts: answer.attempts)
        } catch {
            return End(
                pieces: request.pieces.all, result: .failure(error.error), provider: error.provider,
                attempts: error.attempts)
        }
    }

    private func with(
        _ a: Misbehaving, _ b: Misbehaving, breaker: BreakerSettings, retries: Int,
        _ body: (Router, [any Provider], ManualTime) async throws -> Void
    ) async throws {
        try await RawServer.with(a.serve) { first in
            try await RawServer.with(b.serve) { second in
                let client = HTTPClient(maxConnections: 64)
                let time = ManualTime()
                let registry = ProviderRegistry()
                let providers = [("A", first.url), ("B", second.url)].map { name, url in
                    var settings = ProviderSettings(.openai, name: name)
                    (settings.baseURL, settings.timeouts) = (url, HTTPTimeouts(within: .seconds(30)))
                    return OpenAIProvider(settings, client: client)
                }
                for provider in providers { registry.register(provider, policy: ProviderPolicy(maxRetries: retries)) }
                registry.setFallback(["A", "B"])
                let settings = ResilienceSettings(breaker: breaker, backoff: RetryBackoff(base: .zero))
                let router = Router(registry, settings: settings, time: time, onEvent: { _ in })
                try await body(router, providers, time)
                await client.shutDown()
            }
        }
    }

    @Test("give an answer, whole and of one voice, or one honest failure", .timeLimit(.minutes(2)))
    func wholeOrNothing() async throws {
        let a = Misbehaving("A", [.overloaded, .good, .cutAfterText, .reset, .good, .page, .cutBeforeText])
        let b = Misbehaving("B", [.rateLimited, .cutBeforeText, .good, .empty, .good, .cutAfterText, .reset, .good])
        // No breaker: this is about the single request.
        let breaker = BreakerSettings(minimumRequests: .max)
        try await with(a, b, breaker: breaker, retries: 2) { router, providers, time in
            let ends = await withTaskGroup(of: End.self) { group in
                for number in 0..<200 {
                    group.addTask { await ask(router, providers[number % 2], time) }
                }
                return await group.reduce(into: [End]()) { $0.append($1) }
            }
            #expect(ends.count == 200)
            for end in ends {
                switch end.result {
                case .success(let completion):
                    #expect(completion.content == "I am \(end.provider).")
                    #expect(end.pieces.joined() == completion.content)
                case .failure(let error):
                    // Nobody goes on with what another has begun.
                    #expect(end.pieces.joined() == "I a" || end.pieces.isEmpty)
                    #expect([.unavailable, .rateLimited, .badAnswer].contains(error.code))
                }
                // Six, and each of them once more where nothing but comments came.
                #expect(end.attempts <= 12)
            }
            // A request on a kept connection that is reset is sent once more by HTTP's own rules: that is no attempt.
            #expect(ends.reduce(0) { $0 + $1.attempts } <= a.requests + b.requests)
            #expect(ends.count { (try? $0.result.get()) != nil } > 100)
        }
    }

    @Test("are asked as often as is said, also without what they refused, and whole", .timeLimit(.minutes(2)))
    func attempts() async throws {
        let a = Misbehaving("A", [.refusal, .good, .empty, .good, .empty, .empty])
        let b = Misbehaving("B", [.overloaded])
        try await with(a, b, breaker: BreakerSettings(minimumRequests: .max), retries: 0) { router, providers, time in
            for (attempts, isAnswer) in [(2, true), (2, true), (3, false)] {
                let before = a.requests + b.requests
                let end = await ask(router, providers[0], time)
                #expect(end.attempts == attempts && a.requests + b.requests - before == attempts)
                #expect(((try? end.result.get()) != nil) == isAnswer)
            }
        }
    }

    @Test("and the one that only fails is left alone until it is back", .timeLimit(.minutes(2)))
    func downAndBack() async throws {
        let a = Misbehaving("A", [.overloaded, .page])
        let b = Misbehaving("B", [.good, .good, .good, .overloaded])
        try await with(a, b, breaker: BreakerSettings(), retries: 1) { router, providers, time in
            for _ in 0..<100 {
                let end = await ask(router, providers[0], time)
                #expect((try? end.result.get())?.content == "I am B.")
            }
            #expect(router.report(on: "A")?.breaker == .open)
            #expect(router.report(on: "B")?.breaker == .closed)
            #expect(a.requests == 10)

            a.turn([.good])
            time.advance(by: .seconds(30))
            let end = await ask(router, providers[0], time)
            #expect((try? end.result.get())?.content == "I am A.")
            #expect(router.report(on: "A")?.breaker == .closed)
            #expect(router.report(on: "A")?.statistics.failed == 10)
        }
    }
}
