import Testing

@testable import LanguageModels

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    typealias Breaker = CircuitBreaker<String>

    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func permit(_ breaker: inout Breaker, _ seconds: Double) throws -> Breaker.Permit {
        guard case .pass(let permit) = breaker.admit(now: at(seconds)) else {
            throw Refused(seconds: seconds)
        }
        return permit
    }

    private struct Refused: Error {
        let seconds: Double
    }

    private func refusal(_ breaker: inout Breaker, _ seconds: Double) -> Refusal? {
        guard case .refuse(let until, let cause) = breaker.admit(now: at(seconds)) else { return nil }
        return Refusal(until: until, cause: cause)
    }

    private struct Refusal: Equatable {
        let until: ContinuousClock.Instant
        let cause: String
    }

    /// Requests one after the other: `+` succeeds, `-` fails because of its number, `.` says nothing.
    @discardableResult
    private func play(_ story: String, _ breaker: inout Breaker, _ seconds: Double) throws -> [Breaker.Transition] {
        try story.enumerated().compactMap { number, letter in
            let permit = try permit(&breaker, seconds)
            let outcome: Breaker.Outcome = letter == "+" ? .success : letter == "-" ? .failure("\(number)") : .ignored
            return breaker.end(permit, outcome, now: at(seconds))
        }
    }

    /// One that opened at second 0, because of "9".
    private func opened() throws -> Breaker {
        var breaker = Breaker()
        #expect(try play("----------", &breaker, 0) == [.opened(until: at(30), cause: "9")])
        return breaker
    }

    @Test(
        "opens when half of ten or more fail, and not before",
        arguments: [
            ("---------", nil), ("----------", "9"), ("+++++-----", "9"), ("++++++----", nil), ("-----+++++", "4"),
            ("++++++----.", nil), ("++++++-----", nil), ("++++++------", "11"), ("++++++++++", nil),
            ("..........---------", nil), ("..........----------", "19"), ("", nil),
        ] as [(String, String?)])
    func opens(story: String, cause: String?) throws {
        var breaker = Breaker()
        let transitions = try play(story, &breaker, 0)
        #expect(transitions == (cause.map { [.opened(until: at(30), cause: $0)] } ?? []))
        #expect(breaker.state(now: at(0)) == (cause == nil ? .closed : .open))
        #expect(refusal(&breaker, 0) == cause.map { Refusal(until: at(30), cause: $0) })
    }

    @Test(
        "goes by its settings",
        arguments: [
            (BreakerSettings(minimumRequests: 1), "-", true), (BreakerSettings(minimumRequests: 0), "-", true),
            (BreakerSettings(minimumRequests: 0), "+", false), (BreakerSettings(minimumRequests: -5), "-", true),
            (BreakerSettings(errorRatio: 1), "---------+", false), (BreakerSettings(errorRatio: 1), "----------", true),
            (BreakerSettings(errorRatio: 0), "++++++++++", false), (BreakerSettings(errorRatio: 0), "+++++++++-", true),
            (BreakerSettings(minimumRequests: 30, errorRatio: 0.1), String(repeating: "+", count: 27) + "---", true),
            (BreakerSettings(minimumRequests: 30, errorRatio: 0.1), String(repeating: "+", count: 28) + "--", false),
            (BreakerSettings(errorRatio: .nan), "----------", false),
        ])
    func settings(settings: BreakerSettings, story: String, opens: Bool) throws {
        var breaker = Breaker(settings)
        #expect(try play(story, &breaker, 0).count == (opens ? 1 : 0))
    }

    @Test("counts what lies in the window")
    func window() throws {
        var breaker = Breaker()
        try play("---------", &breaker, 0)
        #expect(try play("-", &breaker, 30) == [])
        #expect(try play("--------", &breaker, 59.5) == [])
        #expect(try play("-", &breaker, 59.5) == [.opened(until: at(89.5), cause: "0")])
    }

    @Test("refuses until its time is over, then lets one through")
    func halfOpens() throws {
        var breaker = try opened()
        for seconds in [0, 10, 29.999] {
            #expect(refusal(&breaker, seconds) == Refusal(until: at(30), cause: "9"))
            #expect(breaker.state(now: at(seconds)) == .open)
        }
        #expect(breaker.state(now: at(30)) == .halfOpen)
        let probe = try permit(&breaker, 30)
        #expect(probe.transition == .halfOpen)
        for seconds in [30.0, 45, 5_000] {
            #expect(refusal(&breaker, seconds) == Refusal(until: at(seconds) + Breaker.probeWait, cause: "9"))
            #expect(breaker.state(now: at(seconds)) == .halfOpen)
        }
        #expect(breaker.end(probe, .success, now: at(5_000)) == .closed)
        #expect(breaker.state(now: at(5_000)) == .closed)
        #expect(try permit(&breaker, 5_000).transition == nil)
    }

    @Test("closes with an empty window, also when it was open for less than that")
    func closes() throws {
        var breaker = Breaker(BreakerSettings(openTime: .seconds(5)))
        try play("----------", &breaker, 0)
        #expect(breaker.end(try permit(&breaker, 5), .success, now: at(5)) == .closed)
        #expect(try play("---------", &breaker, 5) == [])
        #expect(try play("-", &breaker, 5) == [.opened(until: at(10), cause: "0")])
    }

    @Test("opens again when the probe fails, because of that")
    func reopens() throws {
        var breaker = try opened()
        let probe = try permit(&breaker, 40)
        #expect(breaker.end(probe, .failure("still"), now: at(45)) == .opened(until: at(75), cause: "still"))
        #expect(refusal(&breaker, 74) == Refusal(until: at(75), cause: "still"))
        #expect(try permit(&breaker, 75).transition == .halfOpen)
    }

    @Test("gives the place of a probe that tells nothing to the next")
    func freesTheProbe() throws {
        var breaker = try opened()
        let first = try permit(&breaker, 30)
        #expect(breaker.end(first, .ignored, now: at(31)) == nil)
        #expect(breaker.state(now: at(31)) == .halfOpen)
        let second = try permit(&breaker, 31)
        #expect(second.transition == nil)
        #expect(refusal(&breaker, 31)?.cause == "9")
        // The first has had its say.
        for outcome in [Breaker.Outcome.ignored, .success, .failure("late")] {
            #expect(breaker.end(first, outcome, now: at(32)) == nil)
            #expect(refusal(&breaker, 32) != nil)
        }
        #expect(breaker.end(second, .success, now: at(33)) == .closed)
        #expect(breaker.end(second, .failure("twice"), now: at(33)) == nil)
    }

    @Test("does not hear a probe twice while nobody probes")
    func endedTwice() throws {
        var breaker = try opened()
        let probe = try permit(&breaker, 30)
        #expect(breaker.end(probe, .ignored, now: at(30)) == nil)
        #expect(breaker.end(probe, .success, now: at(30)) == nil)
        #expect(breaker.state(now: at(30)) == .halfOpen)
    }

    @Test(
        "does not hear what was let through before it opened",
        arguments: [Breaker.Outcome.success, .failure("late"), .ignored])
    func stale(outcome: Breaker.Outcome) throws {
        var breaker = Breaker()
        let stale = try (0..<20).map { _ in try permit(&breaker, 0) }
        try play("----------", &breaker, 0)
        for permit in stale.prefix(5) { #expect(breaker.end(permit, outcome, now: at(1)) == nil) }
        #expect(refusal(&breaker, 1) == Refusal(until: at(30), cause: "9"))
        let probe = try permit(&breaker, 30)
        for permit in stale.dropFirst(5).prefix(5) { #expect(breaker.end(permit, outcome, now: at(30)) == nil) }
        #expect(refusal(&breaker, 30) != nil)
        #expect(breaker.end(probe, .success, now: at(30)) == .closed)
        for permit in stale.dropFirst(10) { #expect(breaker.end(permit, outcome, now: at(31)) == nil) }
        #expect(try play("---------", &breaker, 31) == [])
    }

    @Test("trips at once, whatever it was")
    func trips() throws {
        var breaker = Breaker()
        let before = try permit(&breaker, 0)
        #expect(breaker.trip(for: .seconds(300), because: "key", now: at(0)) == .opened(until: at(300), cause: "key"))
        #expect(breaker.end(before, .success, now: at(1)) == nil)
        #expect(refusal(&breaker, 299) == Refusal(until: at(300), cause: "key"))

        let probe = try permit(&breaker, 300)
        #expect(
            breaker.trip(for: .seconds(60), because: "again", now: at(310)) == .opened(until: at(370), cause: "again"))
        #expect(breaker.end(probe, .success, now: at(311)) == nil)
        #expect(breaker.state(now: at(369)) == .open)

        // Its time is over, though nobody has come to see: it opens anew.
        #expect(
            breaker.trip(for: .seconds(1), because: "third", now: at(370)) == .opened(until: at(371), cause: "third"))
    }

    @Test(
        "tripped while it is open, stays open for the longer of both",
        arguments: [(10.0, 30.0, "9"), (29, 30, "9"), (31, 32, "key"), (300, 301, "key")])
    func tripsTwice(rest: Double, until: Double, cause: String) throws {
        var breaker = try opened()
        #expect(breaker.trip(for: .seconds(rest), because: "key", now: at(1)) == nil)
        #expect(refusal(&breaker, 1) == Refusal(until: at(until), cause: cause))
        #expect(try permit(&breaker, until).transition == .halfOpen)
    }

    @Test(
        "has states with names for the outside", arguments: zip(BreakerState.allCases, ["closed", "open", "half_open"]))
    func names(state: BreakerState, name: String) { #expect(state.rawValue == name) }
}
