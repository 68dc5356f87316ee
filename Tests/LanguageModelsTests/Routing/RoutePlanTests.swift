import Testing

@testable import LanguageModels

/// A provider that is only named.
private struct NamedProvider: Provider {
    let name: String
    let defaultModel = "m"

    func isAvailable() async -> Bool { true }

    func models() async throws(ProviderError) -> [String] { [] }

    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        throw ProviderError(.unavailable)
    }
}

/// A plan, and the moment that its attempts end at.
private struct Run {
    static let start = ContinuousClock.now

    var plan: RoutePlan
    var retries: Int
    var now = start
    var events: [String] = []

    init(_ names: String..., retries: Int = 0, deadline: Duration = .seconds(60), maxWait: Duration = .seconds(60)) {
        let routes = names.map { Route(provider: NamedProvider(name: $0), model: nil) }
        self.retries = retries
        plan = RoutePlan(
            routes[0], fallback: Array(routes.dropFirst()), deadline: Self.start + deadline,
            ResilienceSettings(maxRetryWait: maxWait))
    }

    /// What is next, in short; a failure with its provider, its reason and the number of attempts.
    var next: String {
        switch plan.next {
        case .attempt(let route): "ask \(route.provider.name)"
        case .wait(let delay): "wait \(delay / .milliseconds(1)) ms"
        case .fail(let failure): "\(failure.provider): \(failure.error.message) after \(failure.attempts)"
        }
    }

    /// An attempt fails; waits are over as soon as they begin.
    @discardableResult
    mutating func fail(
        _ error: ProviderError, wasAsked: Bool = true, hasEmitted: Bool = false, isCancelled: Bool = false
    ) -> String {
        let failure = RoutePlan.Failure(
            error: error, now: now, wasAsked: wasAsked, hasEmitted: hasEmitted, isCancelled: isCancelled,
            maxRetries: retries)
        switch plan.failed(failure, random: \.upperBound) {
        case .retrying(let provider, let delay, _): events.append("retry \(provider) in \(delay / .milliseconds(1))")
        case .movedOn(let from, let to, _): events.append("\(from) -> \(to)")
        case .changedKey(let provider, _): events.append("key of \(provider)")
        case .breaker, nil: break
        }
        return next
    }
}

@Suite("The plan of a request")
struct RoutePlanTests {
    @Test("begins with the route that was asked for, and counts the attempt that succeeds")
    func first() {
        var run = Run("a", "b")
        #expect(run.next == "ask a")
        run.plan.succeeded()
        #expect(run.plan.attempts == 1)
    }

    @Test(
        "goes where the failure table says: the same provider after a wait, the next one, or nowhere",
        arguments: [
            (.unavailable, "wait 500.0 ms", "ask b"), (.rateLimited, "wait 500.0 ms", "ask b"),
            (.timeout, "ask b", "ask b"), (.badAnswer, "ask b", "ask b"), (.authentication, "ask b", "ask b"),
            (.quota, "ask b", "ask b"), (.unknownModel, "ask b", "ask b"), (.invalidRequest, "a: x after 1", ""),
            (.tooLong, "a: x after 1", ""), (.contentFiltered, "a: x after 1", ""), (.cancelled, "a: x after 1", ""),
        ] as [(ProviderError.Code, String, String)])
    func table(code: ProviderError.Code, with retries: String, without: String) {
        var run = Run("a", "b", retries: 1)
        #expect(run.fail(ProviderError(code, "x")) == retries)
        var once = Run("a", "b")
        #expect(once.fail(ProviderError(code, "x")) == (without.isEmpty ? retries : without))
    }

    @Test("waits longer each time, and asks no oftener than it may")
    func retries() {
        var run = Run("a", retries: 2)
        let error = ProviderError(.unavailable, "away")
        #expect(run.fail(error) == "wait 500.0 ms")
        run.plan.waited()
        #expect(run.next == "ask a")
        #expect(run.fail(error) == "wait 1000.0 ms")
        run.plan.waited()
        #expect(run.fail(error) == "a: away after 3")
        #expect(run.events == ["retry a in 500.0", "retry a in 1000.0"])
    }

    @Test(
        "waits as long as the provider asks, where that is worth it",
        arguments: [
            (20, 300, "wait 20000.0 ms"), (60, 300, "wait 60000.0 ms"), (61, 300, "a: slow after 1"),
            (29, 30, "wait 29000.0 ms"), (30, 30, "a: slow after 1"),
        ])
    func askedDelay(asked: Int, deadline: Int, expected: String) {
        var run = Run("a", retries: 2, deadline: .seconds(deadline))
        #expect(run.fail(ProviderError(.rateLimited, "slow", retryAfter: .seconds(asked))) == expected)
    }

    @Test("gives the first provider's reason where all fail, and the retries of one are not those of the next")
    func allFail() {
        var run = Run("a", "b", "c", retries: 1)
        for (name, next) in [("a", "ask b"), ("b", "ask c"), ("c", "a: a after 6")] {
            #expect(run.fail(ProviderError(.unavailable, name)) == "wait 500.0 ms")
            run.plan.waited()
            #expect(run.fail(ProviderError(.unavailable, name)) == next)
        }
        #expect(run.events.filter { $0.contains("->") } == ["a -> b", "b -> c"])
    }

    @Test("changes keys at once, so often only, and of each provider")
    func keys() {
        var run = Run("a", "b")
        let busy = ProviderError(.rateLimited, "busy", hasOtherKey: true)
        for _ in 0..<16 { #expect(run.fail(busy) == "ask a") }
        #expect(run.fail(busy) == "ask b")
        for _ in 0..<16 { #expect(run.fail(busy) == "ask b") }
        #expect(run.fail(busy) == "a: busy after 34")
        #expect(run.events.count == 33)
    }

    @Test("does not count a provider that was left alone as asked")
    func notAsked() {
        var run = Run("a", "b")
        #expect(run.fail(ProviderError(.unavailable, "open", retryable: false), wasAsked: false) == "ask b")
        run.plan.succeeded()
        #expect(run.plan.attempts == 1)
    }

    @Test("is over once a part of an answer is out, with the reason of who gave it", arguments: [0, 2])
    func emitted(retries: Int) {
        var run = Run("a", "b", "c", retries: 0)
        run.fail(ProviderError(.unavailable, "first"))
        run.retries = retries
        #expect(run.fail(ProviderError(.unavailable, "cut", hasOtherKey: true), hasEmitted: true) == "b: cut after 2")
        guard case .fail(let failure) = run.plan.next else { return #expect(Bool(false), "the plan goes on") }
        #expect(failure.hasEmitted)
    }

    @Test("is over when the request is cancelled, or its time is", arguments: [true, false])
    func over(isCancelled: Bool) {
        var run = Run("a", "b", retries: 2)
        if !isCancelled { run.now = Run.start + .seconds(60) }
        #expect(run.fail(ProviderError(.unavailable, "away"), isCancelled: isCancelled) == "a: away after 1")
        #expect(run.events.isEmpty)
    }

    @Test("is over when it is cancelled in a wait: the first failure of another provider stays the reason")
    func cancelledWait() {
        let cancelled = ProviderError(.cancelled, "cancelled")
        var run = Run("a", "b", retries: 1)
        run.fail(ProviderError(.unavailable, "away"))
        #expect(run.fail(cancelled, wasAsked: false, isCancelled: true) == "a: cancelled after 1")
        var second = Run("a", "b", retries: 1)
        second.fail(ProviderError(.quota, "spent"))
        second.fail(ProviderError(.unavailable, "away"))
        #expect(second.fail(cancelled, wasAsked: false, isCancelled: true) == "a: spent after 2")
    }

    @Test(
        "goes on after a stand-in that cannot take the request, but not after one that withholds the answer",
        arguments: [
            (.invalidRequest, true), (.tooLong, true), (.contentFiltered, false),
        ] as [(ProviderError.Code, Bool)])
    func standIn(code: ProviderError.Code, goesOn: Bool) {
        var run = Run("a", "b", "c")
        run.fail(ProviderError(.unavailable, "away"))
        #expect(run.fail(ProviderError(code, "no")) == (goesOn ? "ask c" : "a: away after 2"))
    }
}
