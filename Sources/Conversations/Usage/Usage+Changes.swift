public import ServiceRuntime

/// A step of somebody's usage.
public enum UsageChange: Sendable {
    /// Counts a request and sets tokens aside for it; neither where a limit is used up.
    /// The tokens are free again after `lease` at the latest.
    case reserve(Usage.StepID, UsageLimits, tokens: Int, now: Timestamp, lease: Duration)
    /// The request is over: the tokens set aside are free again, and so many were spent. Only within the window that they
    /// were set aside in: what came of an earlier day burdens no later one.
    case settle(Usage.StepID, Usage.Hold, spent: Int)
    /// The request was not to be: as if it had not been counted.
    case release(Usage.StepID, Usage.Hold)
    /// Tells how much of the limit on tokens is spent, where that is not told yet.
    case review(UsageLimits)
    /// Counts what no limit is on.
    case note(Usage.StepID, requests: Int, tokens: Int, now: Timestamp)
}

/// What a step of somebody's usage led to.
public enum UsageOutcome: Sendable, Equatable {
    /// It is counted. `hold` is what goes with ``UsageChange/settle(_:_:spent:)``.
    case counted(Usage.Hold, crossed: [Usage.Crossing])
    /// A limit is used up.
    case refused(Usage.Refusal)
}

extension Usage: Document {
    /// How many steps are remembered, and how many of an earlier minute: by then whoever does not know whether a step
    /// arrived has found out. One that is made twice after all counts too much and not too little.
    private static var maxSteps: (now: Int, earlier: Int) { (64, 16) }
    /// The most requests that tokens are set aside for; of more, the oldest are free again.
    private static var maxReservations: Int { 256 }
    /// How long to wait where requests under way may leave something.
    private static var reservedWait: Duration { .seconds(5) }

    /// Makes a step.
    public mutating func apply(_ change: UsageChange) -> Step<UsageOutcome> {
        switch change {
        case .reserve(let id, let limits, let tokens, let now, let lease):
            if steps.contains(id) || reservations.contains(where: { $0.id == id }) {
                return .unchanged(.counted(hold(id), crossed: []))
            }
            if let refusal = refusal(limits, now) { return .unchanged(.refused(refusal)) }
            begin(id, now)
            count(1)
            if tokens > 0 { reserve(Reservation(id: id, tokens: tokens, until: now + lease)) }
            return .changed(.counted(hold(id), crossed: crossings(limits, [.minute, .hour, .day])))
        case .settle(let id, let hold, let spent):
            guard !steps.contains(id), tokens.start == hold.starts[3] else {
                return .unchanged(.counted(hold, crossed: []))
            }
            note(id)
            reservations.removeAll { $0.id == hold.id }
            tokens.add(max(0, spent))
            return .changed(.counted(hold, crossed: []))
        case .release(let id, let hold):
            if steps.contains(id) { return .unchanged(.counted(hold, crossed: [])) }
            note(id)
            // Asked again under the same id, it is another request.
            steps.removeAll { $0 == hold.id }
            for (kind, start) in zip(UsageLimits.Kind.allCases, hold.starts) where self[kind].start == start {
                if kind == .tokens {
                    reservations.removeAll { $0.id == hold.id }
                } else {
                    self[kind].count = max(0, self[kind].count - 1)
                }
            }
            return .changed(.counted(hold, crossed: []))
        case .review(let limits):
            let crossed = crossings(limits, [.tokens])
            let outcome = UsageOutcome.counted(hold(0), crossed: crossed)
            return crossed.isEmpty ? .unchanged(outcome) : .changed(outcome)
        case .note(let id, let requests, let spent, let now):
            if steps.contains(id) { return .unchanged(.counted(hold(0), crossed: [])) }
            begin(id, now)
            count(max(0, requests))
            tokens.add(max(0, spent))
            return .changed(.counted(hold(0), crossed: []))
        }
    }

    /// Counts noted one after the other are counted together.
    public static func combined(_ earlier: UsageChange, _ later: UsageChange) -> UsageChange? {
        guard case .note(_, let requests, let tokens, _) = earlier,
            case .note(let id, let more, let moreTokens, let now) = later
        else { return nil }
        return .note(id, requests: requests.adding(more), tokens: tokens.adding(moreTokens), now: now)
    }

    /// Its size in memory, roughly, in bytes.
    public var bytes: Int { 200 + steps.count * 8 + reservations.count * 24 }

    /// The limit that is used up, and of several the one that is so for the longest time.
    private func refusal(_ limits: UsageLimits, _ now: Timestamp) -> Refusal? {
        UsageLimits.Kind.allCases.compactMap { kind in
            guard let limit = limits[kind], used(kind, now) >= limit else { return nil }
            if kind == .tokens, tokens.count < limit {
                let soonest = reservations.map { $0.until - now }.filter { $0 > .zero }.min() ?? .zero
                let wait = min(soonest, Self.reservedWait)
                return Refusal(kind: kind, limit: limit, resetsIn: wait, isReserved: true)
            }
            return Refusal(kind: kind, limit: limit, resetsIn: self[kind].rest(now, kind.length))
        }.max { $0.resetsIn < $1.resetsIn }
    }

    /// The windows that are over begin anew.
    private mutating func begin(_ id: StepID, _ now: Timestamp) {
        for kind in UsageLimits.Kind.allCases where self[kind].roll(now, kind.length) {
            if kind == .tokens { reservations = [] }
            if kind == .minute { steps.removeFirst(max(0, steps.count - Self.maxSteps.earlier)) }
        }
        reservations.removeAll { $0.until <= now }
        note(id)
    }

    private mutating func reserve(_ reservation: Reservation) {
        reservations.append(reservation)
        reservations.removeFirst(max(0, reservations.count - Self.maxReservations))
    }

    private mutating func note(_ id: StepID) {
        steps.append(id)
        steps.removeFirst(max(0, steps.count - Self.maxSteps.now))
    }

    private mutating func count(_ requests: Int) {
        minute.add(requests)
        hour.add(requests)
        day.add(requests)
    }

    private func hold(_ id: StepID) -> Hold {
        Hold(id: id, starts: UsageLimits.Kind.allCases.map { self[$0].start })
    }

    private mutating func crossings(_ limits: UsageLimits, _ kinds: [UsageLimits.Kind]) -> [Crossing] {
        kinds.compactMap { kind in
            guard let limit = limits[kind], self[kind].crossing(limit) != nil else { return nil }
            return Crossing(kind: kind, current: self[kind].count, limit: limit)
        }
    }
}
