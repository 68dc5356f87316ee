package import ServiceRuntime
import Synchronization

/// Gets a request answered: asks its provider, again where that may help, and then the next of its fallback chain; leaves
/// a provider alone that fails too often. What happens when is ``FailurePolicy``'s.
package final class Dispatcher: Sendable {
    /// Where a request may go.
    package final class Candidate: Sendable {
        package let provider: any Provider
        /// Nil for the provider's default.
        package let model: String?

        package init(provider: any Provider, model: String?) {
            self.provider = provider
            self.model = model
        }
    }

    /// An answer, and who gave it.
    package final class Outcome<Answer: Sendable>: Sendable {
        package let answer: Answer
        package let candidate: Candidate
        /// The times a provider was asked, timeouts and failures included.
        package let attempts: Int

        init(answer: Answer, candidate: Candidate, attempts: Int) {
            (self.answer, self.candidate, self.attempts) = (answer, candidate, attempts)
        }
    }

    /// Why nobody gave one: the first provider's reason, as it is the one that was asked for.
    package struct Failure: Error {
        package let error: ProviderError
        package let provider: String
        package let attempts: Int
        /// Whether a part of its answer was handed out.
        package let isHandedOut: Bool
    }

    /// How often a request goes on with another key of the same provider, at once.
    private static let maxKeyChanges = 16

    private let registry: ProviderRegistry
    private let settings: ResilienceSettings
    private let time: any TimeSource
    private let random: @Sendable (ClosedRange<Double>) -> Double
    private let onEvent: @Sendable (DispatchEvent) -> Void
    private let lines = Mutex<[String: ProviderLine]>([:])

    /// - Parameters:
    ///   - registry: the providers and their policies.
    ///   - random: draws a number; for tests.
    ///   - onEvent: hears what an operator may want to know; quick, never blocking.
    package init(
        _ registry: ProviderRegistry, settings: ResilienceSettings, time: any TimeSource,
        random: @escaping @Sendable (ClosedRange<Double>) -> Double = { Double.random(in: $0) },
        onEvent: @escaping @Sendable (DispatchEvent) -> Void
    ) {
        self.registry = registry
        self.settings = settings
        self.time = time
        self.random = random
        self.onEvent = onEvent
    }

    /// Asks until there is an answer.
    ///
    /// - Parameters:
    ///   - first: who is asked first.
    ///   - fallsBack: whether others may be asked after it.
    ///   - deadline: of the whole; no wait goes beyond it. Ending what runs then is the caller's part, by a cancel.
    ///   - timing: of an answer, for the statistics.
    ///   - attempt: asks one provider once. It marks what it hands out before the answer is whole.
    package func run<Answer: Sendable>(
        _ first: Candidate, fallsBack: Bool = true, deadline: ContinuousClock.Instant,
        timing: (Answer) -> Completion.Timing? = { _ in nil },
        attempt: (Candidate, HandedOut) async throws(ProviderError) -> Answer
    ) async throws(Failure) -> Outcome<Answer> {
        let handedOut = HandedOut()
        var attempts = 0
        var failure: (error: ProviderError, provider: String)?
        var candidates = [first] + (fallsBack ? fallback(of: first) : [])
        candidates.reverse()
        while let candidate = candidates.popLast() {
            let line = line(to: candidate.provider.name)
            let error: ProviderError
            do throws(ProviderError) {
                let answer = try await ask(line, candidate, handedOut, deadline, &attempts, timing, attempt)
                return Outcome(answer: answer, candidate: candidate, attempts: attempts)
            } catch let thrown {
                error = thrown
            }
            // A break in the middle of an answer is its provider's own.
            if handedOut.isMarked {
                throw Failure(
                    error: error, provider: candidate.provider.name, attempts: attempts, isHandedOut: true)
            }
            let known = failure ?? (error, candidate.provider.name)
            failure = known
            guard Self.goesOn(after: error, isFirst: candidate === first), !Task.isCancelled, time.now < deadline else {
                break
            }
            if let next = candidates.last {
                onEvent(.movedOn(from: candidate.provider.name, to: next.provider.name, because: error))
            }
        }
        let (error, provider) = failure ?? (ProviderError(.unavailable), first.provider.name)
        throw Failure(error: error, provider: provider, attempts: attempts, isHandedOut: false)
    }

    /// What the first provider finds wrong with a request is wrong with it; what one that stands in does is perhaps only
    /// beyond that one.
    private static func goesOn(after error: ProviderError, isFirst: Bool) -> Bool {
        FailurePolicy(error).next || !isFirst && (error.code == .invalidRequest || error.code == .tooLong)
    }

    /// One provider, as often as it is worth it.
    private func ask<Answer: Sendable>(
        _ line: ProviderLine, _ candidate: Candidate, _ handedOut: HandedOut, _ deadline: ContinuousClock.Instant,
        _ attempts: inout Int, _ timing: (Answer) -> Completion.Timing?,
        _ attempt: (Candidate, HandedOut) async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        let name = candidate.provider.name
        var retries = 0
        var changes = 0
        while true {
            do throws(ProviderError) {
                return try await line.ask(by: deadline) { () throws(ProviderError) in
                    attempts += 1
                    return try await attempt(candidate, handedOut)
                } timing: {
                    timing($0)
                } onTransition: {
                    onEvent(.breaker(provider: name, $0))
                }
            } catch {
                guard !handedOut.isMarked, !Task.isCancelled else { throw error }
                if error.hasOtherKey, changes < Self.maxKeyChanges {
                    changes += 1
                    onEvent(.changedKey(provider: name, because: error))
                    continue
                }
                guard FailurePolicy(error).again, retries < line.policy.maxRetries else { throw error }
                retries += 1
                let wait = settings.backoff.delay(before: retries, asked: error.retryAfter, random: random)
                let end = time.now + wait
                guard wait <= settings.maxRetryWait, end < deadline else { throw error }
                onEvent(.retrying(provider: name, after: wait, because: error))
                do { try await time.sleep(until: end) } catch { throw ProviderError(.cancelled) }
            }
        }
    }

    // MARK: who

    /// How the provider of that name does; nil where there is none.
    package func report(on name: String) -> ProviderReport? {
        guard registry.get(name) != nil else { return nil }
        let line = line(to: name)
        return ProviderReport(breaker: line.breaker, statistics: line.statistics)
    }

    private func line(to name: String) -> ProviderLine {
        lines.withLock { lines in
            if let line = lines[name] { return line }
            let line = ProviderLine(to: name, registry.policy(of: name), breaker: settings.breaker, time: time)
            lines[name] = line
            return line
        }
    }

    /// Who is asked after `candidate`.
    private func fallback(of candidate: Candidate) -> [Candidate] {
        let names = registry.fallback(of: candidate.provider.name)
        guard !names.isEmpty else { return [] }
        return names.compactMap { name in
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            guard let first = parts.first, first != candidate.provider.name, let provider = registry.get(first) else {
                return nil
            }
            return Candidate(provider: provider, model: parts.count > 1 ? parts[1] : nil)
        }
    }
}

/// How a provider does.
package struct ProviderReport: Sendable {
    package let breaker: BreakerState
    package let statistics: ProviderStatistics
}
