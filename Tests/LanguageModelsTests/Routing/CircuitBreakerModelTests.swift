import CoreTestSupport
import Testing

@testable import LanguageModels

/// Random requests, many at a time, that end in any order.
@Suite("The circuit breaker, at random")
struct CircuitBreakerModelTests {
    private typealias Breaker = CircuitBreaker<Int>

    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// Time passes in tenths of the window, so that what is counted together is what happened together, and both agree.
    @Test("does what the plain one does", arguments: [31, 32, 33, 34, 35])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var breaker = Breaker(
            BreakerSettings(window: .seconds(10), minimumRequests: 4, errorRatio: 0.5, openTime: .seconds(7)))
        var naive = NaiveBreaker(window: 10, minimum: 4, openTime: 7)
        var inFlight: [(id: Int, permit: Breaker.Permit)] = []
        var seen: Set<BreakerState> = []
        var now = 0
        for id in 0..<20_000 {
            // Good times and bad times.
            let failing = (id / 100) % 3
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<20: now += Int.random(in: 1...3, using: &random)
            case 20..<60:
                let isAdmitted = naive.admit(id, now)
                switch breaker.admit(now: at(now)) {
                case .pass(let permit):
                    #expect(isAdmitted, "step \(id)")
                    inFlight.append((id, permit))
                case .refuse(let until, _):
                    #expect(!isAdmitted, "step \(id)")
                    #expect(until > at(now))
                    if case .open(let end) = naive.state { #expect(until == at(end)) }
                }
            case 60..<99:
                guard let index = inFlight.indices.randomElement(using: &random) else { continue }
                let (request, permit) = inFlight.remove(at: index)
                let isFailure: Bool? =
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: nil
                    case 1...3: failing > 0
                    default: failing > 1
                    }
                let before = breaker.state(now: at(now))
                let outcome: Breaker.Outcome = isFailure.map { $0 ? .failure(id) : .success } ?? .ignored
                let transition = breaker.end(permit, outcome, now: at(now))
                naive.end(request, isFailure, now)
                #expect((transition != nil) == (before != breaker.state(now: at(now))), "step \(id)")
            default:
                let rest = Int.random(in: 1...20, using: &random)
                _ = breaker.trip(for: .seconds(rest), because: id, now: at(now))
                naive.trip(rest, now)
            }
            let state = breaker.state(now: at(now))
            seen.insert(state)
            switch naive.state {
            case .closed: #expect(state == .closed, "step \(id)")
            case .open(let until): #expect(state == (until > now ? .open : .halfOpen), "step \(id)")
            case .halfOpen: #expect(state == .halfOpen, "step \(id)")
            }
        }
        #expect(seen == Set(BreakerState.allCases))
    }

    @Test("has one probe at most, and always one once it may", arguments: [41, 42, 43])
    func probes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var breaker = Breaker()
        var now = start
        var probe: Breaker.Permit?
        var probes = 0
        for step in 0..<5_000 {
            now += .nanoseconds(Int64.random(in: 0...2_000_000_000, using: &random))
            let before = breaker.state(now: now)
            if let ended = probe, Bool.random(using: &random) {
                let outcome: Breaker.Outcome =
                    [.success, .failure(step), .failure(step), .ignored].randomElement(using: &random) ?? .ignored
                _ = breaker.end(ended, outcome, now: now)
                probe = nil
                continue
            }
            switch breaker.admit(now: now) {
            case .refuse: #expect(before == .open || (before == .halfOpen && probe != nil), "step \(step)")
            case .pass(let permit):
                if before == .halfOpen {
                    #expect(probe == nil, "step \(step)")
                    (probe, probes) = (permit, probes + 1)
                } else {
                    #expect(before == .closed, "step \(step)")
                    _ = breaker.end(permit, .failure(step), now: now)
                }
            }
        }
        #expect(probes > 20)
    }
}
