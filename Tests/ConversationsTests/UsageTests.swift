@testable import Conversations
import ServiceRuntime
import Testing

@Suite("What somebody has asked and spent") struct UsageTests {
    private static let noon = Timestamp(milliseconds: 1_772_366_400_000)

    /// A usage, and the number of its next step.
    private struct Account {
        var usage = Usage()
        var step = 0

        mutating func reserve(_ limits: UsageLimits, _ tokens: Int = 0, after seconds: Int = 0) -> UsageOutcome {
            step += 1
            return usage.apply(
                .reserve(step, limits, tokens: tokens, now: noon + .seconds(seconds), lease: .seconds(360))
            ).outcome
        }

        mutating func note(_ requests: Int, _ tokens: Int, after seconds: Int = 0) {
            step += 1
            _ = usage.apply(.note(step, requests: requests, tokens: tokens, now: noon + .seconds(seconds)))
        }

        mutating func settle(_ outcome: UsageOutcome, _ limits: UsageLimits, spent: Int) -> [Usage.Crossing] {
            step += 1
            guard case .counted(let hold, _) = outcome,
                usage.apply(.settle(step, hold, spent: spent)).isChange,
                case .counted(_, let crossed) = usage.apply(.review(limits)).outcome
            else { return [] }
            return crossed
        }

        mutating func release(_ outcome: UsageOutcome) {
            step += 1
            if case .counted(let hold, _) = outcome { _ = usage.apply(.release(step, hold)) }
        }
    }

    @Test(
        "is refused beyond each limit, until its window is over",
        arguments: [
            (UsageLimits(requestsPerMinute: 3), UsageLimits.Kind.minute, 60),
            (UsageLimits(requestsPerHour: 3), .hour, 3600), (UsageLimits(requestsPerDay: 3), .day, 86_400),
        ])
    func windows(limits: UsageLimits, kind: UsageLimits.Kind, seconds: Int) {
        var account = Account()
        for number in 0..<3 { #expect(account.reserve(limits, after: number).isCounted) }
        let refusal = Usage.Refusal(kind: kind, limit: 3, resetsIn: .seconds(seconds - 18))
        #expect(account.reserve(limits, after: 18) == .refused(refusal))
        #expect(account.usage.left(kind, of: limits, Self.noon) == 0)
        // The window begins with the first request and not with the last.
        #expect(!account.reserve(limits, after: seconds - 1).isCounted)
        #expect(account.reserve(limits, after: seconds).isCounted)
        #expect(account.usage[kind: kind].start == Self.noon + .seconds(seconds))
        #expect(account.usage.left(kind, of: limits, Self.noon + .seconds(seconds)) == 2)
    }

    @Test("does not count what is refused")
    func refusalsAreNothing() {
        var account = Account()
        let limits = UsageLimits(requestsPerMinute: 1, requestsPerHour: 2)
        #expect(account.reserve(limits).isCounted)
        let before = account.usage
        for _ in 0..<50 { #expect(!account.reserve(limits).isCounted) }
        #expect(account.usage == before)
        #expect(account.reserve(limits, after: 60).isCounted)
    }

    @Test("is refused for the limit that lasts longest")
    func longest() {
        var account = Account()
        let limits = UsageLimits(requestsPerMinute: 1, requestsPerHour: 1, requestsPerDay: 5)
        _ = account.reserve(limits)
        #expect(
            account.reserve(limits, after: 1)
                == .refused(Usage.Refusal(kind: .hour, limit: 1, resetsIn: .seconds(3599))))
    }

    @Test("has no limit where there is none")
    func none() {
        var account = Account()
        for _ in 0..<1000 { #expect(account.reserve(UsageLimits(), 1000).isCounted) }
        #expect(UsageLimits().isNone)
        #expect(!UsageLimits(tokensPerDay: 1).isNone)
        #expect(account.usage.left(.tokens, of: UsageLimits(), Self.noon) == nil)
        #expect(account.usage.used(.day, Self.noon) == 1000)
    }

    @Test("sets tokens aside, and settles them by what was spent")
    func tokens() {
        var account = Account()
        let limits = UsageLimits(tokensPerDay: 1000)
        let first = account.reserve(limits, 600)
        let second = account.reserve(limits, 600)
        #expect(second.isCounted, "what is set aside may reach beyond the limit once")
        #expect(
            account.reserve(limits, 1, after: 60)
                == .refused(Usage.Refusal(kind: .tokens, limit: 1000, resetsIn: .seconds(5), isReserved: true)))
        _ = account.settle(first, limits, spent: 100)
        #expect(account.usage.used(.tokens, Self.noon) == 700)
        #expect(account.usage.spent(Self.noon) == 100)
        #expect(account.reserve(limits, 600).isCounted)
        _ = account.settle(second, limits, spent: 0)
        #expect(account.usage.used(.tokens, Self.noon) == 700)
    }

    @Test("burdens no later day with what was set aside on an earlier one")
    func tokensOfYesterday() {
        var account = Account()
        let limits = UsageLimits(tokensPerDay: 1000)
        let yesterday = account.reserve(limits, 600)
        let today = account.reserve(limits, 300, after: 86_400)
        _ = account.settle(yesterday, limits, spent: 900)
        #expect(account.usage.used(.tokens, Self.noon + .seconds(86_400)) == 300)
        _ = account.settle(today, limits, spent: 50)
        #expect(account.usage.used(.tokens, Self.noon + .seconds(86_400)) == 50)
        #expect(account.usage.used(.tokens, Self.noon + .seconds(200_000)) == 0)
    }

    @Test("lets what is set aside lapse, should nobody settle it")
    func lapse() {
        var account = Account()
        let limits = UsageLimits(tokensPerDay: 1000)
        let first = account.reserve(limits, 600)
        _ = account.reserve(limits, 600)
        #expect(!account.reserve(limits, 1, after: 359).isCounted)
        #expect(account.usage.used(.tokens, Self.noon + .seconds(360)) == 0)
        #expect(account.reserve(limits, 70, after: 360).isCounted)
        #expect(account.usage.reservations.count == 1)
        // Late, but it was spent.
        _ = account.settle(first, limits, spent: 1000)
        #expect(account.usage.used(.tokens, Self.noon + .seconds(360)) == 1070)
        #expect(
            account.reserve(limits, 1, after: 360)
                == .refused(Usage.Refusal(kind: .tokens, limit: 1000, resetsIn: .seconds(86_040))))
    }

    @Test("sets tokens aside for a bounded number of requests")
    func boundedReservations() {
        var account = Account()
        for _ in 0..<300 { _ = account.reserve(UsageLimits(), 1) }
        #expect(account.usage.reserved(Self.noon) == 256)
    }

    @Test("takes a request back as if it had not been")
    func release() {
        var account = Account()
        let limits = UsageLimits(requestsPerMinute: 2, requestsPerHour: 9, requestsPerDay: 9, tokensPerDay: 1000)
        let first = account.reserve(limits, 100)
        account.release(account.reserve(limits, 400))
        #expect(UsageLimits.Kind.allCases.map { account.usage.used($0, Self.noon) } == [1, 1, 1, 100])
        // In the next minute, a request of the last one is no part of the count.
        _ = account.reserve(limits, 100, after: 60)
        account.release(first)
        let later = Self.noon + .seconds(60)
        #expect(UsageLimits.Kind.allCases.map { account.usage.used($0, later) } == [1, 1, 1, 100])
    }

    @Test("makes each step once, whoever is not sure of it")
    func again() {
        var usage = Usage()
        let limits = UsageLimits(requestsPerMinute: 5, tokensPerDay: 1000)
        let reserve = UsageChange.reserve(1, limits, tokens: 100, now: Self.noon, lease: .seconds(360))
        guard case .counted(let hold, _) = usage.apply(reserve).outcome else {
            Issue.record("it was refused")
            return
        }
        for change in [
            reserve, .settle(2, hold, spent: 30), .note(3, requests: 1, tokens: 5, now: Self.noon),
            .release(4, hold), .reserve(5, limits, tokens: 7, now: Self.noon, lease: .seconds(360)),
        ] {
            let first = usage.apply(change)
            let after = usage
            let second = usage.apply(change)
            #expect(usage == after)
            #expect(!second.isChange)
            #expect(second.outcome.isCounted && first.outcome.isCounted)
        }
    }

    @Test("remembers a bounded number of steps")
    func bounded() {
        var account = Account()
        for _ in 0..<1000 { account.note(1, 1) }
        #expect(account.usage.bytes < 1000)
        account.note(0, 0, after: 60)
        #expect(account.usage.bytes < 400)
        #expect(account.usage.used(.day, Self.noon) == 1000)
    }

    @Test("counts together what was noted one after the other, and nothing else")
    func combined() {
        let notes = (1...3).map { UsageChange.note($0, requests: $0, tokens: 10, now: Self.noon) }
        var usage = Usage()
        guard let two = Usage.combined(notes[0], notes[1]), let all = Usage.combined(two, notes[2]) else {
            Issue.record("two notes are two")
            return
        }
        _ = usage.apply(all)
        #expect(usage.used(.day, Self.noon) == 6)
        #expect(usage.used(.tokens, Self.noon) == 30)
        let reserve = UsageChange.reserve(4, UsageLimits(), tokens: 0, now: Self.noon, lease: .seconds(360))
        #expect(Usage.combined(reserve, notes[0]) == nil)
        #expect(Usage.combined(notes[0], reserve) == nil)
        #expect(Usage.combined(reserve, reserve) == nil)
    }

    @Test("tells of 80, 90 and 100 % once in a window, and of the highest where several come at once")
    func thresholds() {
        var account = Account()
        let limits = UsageLimits(requestsPerMinute: 10, requestsPerHour: 1000)
        func told(_ range: Range<Int>, _ second: Int) -> [Int] {
            range.flatMap { _ in account.reserve(limits, after: second).crossed.map(\.current) }
        }
        #expect(told(0..<12, 0) == [8, 9, 10])
        #expect(told(0..<12, 60) == [8, 9, 10])
        var large = Account()
        let currents = (0..<30).flatMap { _ in large.reserve(UsageLimits(requestsPerHour: 20)).crossed.map(\.current) }
        #expect(currents == [16, 18, 20])
        var small = Account()
        let crossed = (0..<3).flatMap { _ in small.reserve(UsageLimits(requestsPerDay: 2)).crossed }
        #expect(crossed == [Usage.Crossing(kind: .day, current: 2, limit: 2)])
    }

    @Test("tells of tokens by what was spent, not by what was set aside")
    func tokenThresholds() {
        var account = Account()
        let limits = UsageLimits(tokensPerDay: 100)
        let spent = [79, 1, 5, 4, 1, 30]
        let told = spent.map { tokens in
            account.settle(account.reserve(UsageLimits(), 500), limits, spent: tokens).map(\.current)
        }
        #expect(told == [[], [80], [], [], [90], [120]])
    }

    @Test("takes a clock that was set back or differs a little, and no window from far ahead")
    func clocks() {
        var account = Account()
        let limits = UsageLimits(requestsPerMinute: 1)
        _ = account.reserve(limits, after: 30)
        guard case .refused(let refusal) = account.reserve(limits, after: 0) else {
            Issue.record("a request of another clock's next half minute was forgotten")
            return
        }
        #expect(refusal.resetsIn == .seconds(60), "never longer than the window")
        #expect(account.reserve(limits, after: -1000).isCounted)
    }

    @Test("counts what is too large for a number as the largest")
    func overflow() {
        var account = Account()
        account.note(1, .max)
        account.note(1, .max)
        _ = account.reserve(UsageLimits(), .max)
        _ = account.reserve(UsageLimits(), .max)
        #expect(account.usage.used(.tokens, Self.noon) == .max)
        #expect(!account.reserve(UsageLimits(tokensPerDay: .max)).isCounted)
        account.note(-5, -5)
        #expect(account.usage.used(.day, Self.noon) == 4)
    }
}

extension UsageOutcome {
    fileprivate var isCounted: Bool { if case .counted = self { true } else { false } }
    fileprivate var crossed: [Usage.Crossing] { if case .counted(_, let crossed) = self { crossed } else { [] } }
}

extension Usage {
    fileprivate subscript(kind kind: UsageLimits.Kind) -> UsageWindow {
        switch kind {
        case .minute: minute
        case .hour: hour
        case .day: day
        case .tokens: tokens
        }
    }
}
