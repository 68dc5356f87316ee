public import ServiceRuntime

/// A step of somebody's usage.
public enum UsageChange: Sendable {
    /// Counts a request and sets tokens aside for it; neither where a limit is used up.
    case reserve(Usage.StepID, UsageLimits, tokens: Int, now: Timestamp)
    /// The request is over: the tokens set aside are free again, and so many were spent. Only within the window that they
    /// were set aside in: what came of an earlier day burdens no later one.
    case settle(Usage.StepID, Usage.Hold, UsageLimits, spent: Int)
    /// The request was not to be: as if it had not been counted.
    case release(Usage.StepID, Usage.Hold)
    /// Counts what no limit is on.
    case note(Usage.StepID, requests: Int, tokens: Int, now: Timestamp)
}

/// What a step of somebody's usage led to.
public enum UsageOutcome: Sendable, Equatable {
    /// It is counted. `hold` is what goes with ``UsageChange/settle(_:_:_:spent:)``.
    case counted(Usage.Hold, crossed: [Usage.Crossing])
    /// A limit is used up.
    case refused(Usage.Refusal)
}

extension Usage: Document {
    /// How many steps are remembered, and how many of an earlier minute: by then whoever does not know whether a step
    /// arrived has found out. One that is made twice after all counts too much and not too little.
    private static var maxSteps: (now: Int, earlier: Int) { (64, 16) }

    /// Makes a step.
    public mutating func apply(_ change: UsageChange) -> Step<UsageOutcome> {
        switch change {
        case .reserve(let id, let limits, let tokens, let now):
            if steps.contains(id) { return .unchanged(.counted(hold(tokens), crossed: [])) }
            if let refusal = refusal(limits, now) { return .unchanged(.refused(refusal)) }
            begin(id, now)
            count(1)
            reserved = reserved.adding(max(0, tokens))
            return .changed(.counted(hold(max(0, tokens)), crossed: crossings(limits, [.minute, .hour, .day])))
        case .settle(let id, let hold, let limits, let spent):
            guard !steps.contains(id), tokens.start == hold.starts[3] else {
                return .unchanged(.counted(hold, crossed: []))
            }
            note(id)
            reserved = max(0, reserved - hold.tokens)
            tokens.add(max(0, spent))
            return .changed(.counted(hold, crossed: crossings(limits, [.tokens])))
        case .release(let id, let hold):
            if steps.contains(id) { return .unchanged(.counted(hold, crossed: [])) }
            note(id)
            for (kind, start) in zip(UsageLimits.Kind.allCases, hold.starts) where self[kind].start == start {
                if kind == .tokens {
                    reserved = max(0, reserved - hold.tokens)
                } else {
                    self[kind].count = max(0, self[kind].count - 1)
                }
            }
            return .changed(.counted(hold, crossed: []))
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
    public var bytes: Int { 200 + steps.count * 8 }

    /// The limit that is used up, and of several the one that is so for the longest time.
    private func refusal(_ limits: UsageLimits, _ now: Timestamp) -> Refusal? {
        UsageLimits.Kind.allCases.compactMap { kind in
            guard let limit = limits[kind], used(kind, now) >= limit else { return nil }
            return Refusal(kind: kind, limit: limit, resetsIn: self[kind].rest(now, kind.length))
        }.max { $0.resetsIn < $1.resetsIn }
    }

    /// The windows that are over begin anew.
    private mutating func begin(_ id: StepID, _ now: Timestamp) {
        for kind in UsageLimits.Kind.allCases where self[kind].roll(now, kind.length) {
            if kind == .tokens { reserved = 0 }
            if kind == .minute { steps.removeFirst(max(0, steps.count - Self.maxSteps.earlier)) }
        }
        note(id)
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

    private func hold(_ tokens: Int) -> Hold {
        Hold(starts: UsageLimits.Kind.allCases.map { self[$0].start }, tokens: tokens)
    }

    private mutating func crossings(_ limits: UsageLimits, _ kinds: [UsageLimits.Kind]) -> [Crossing] {
        kinds.compactMap { kind in
            guard let limit = limits[kind], self[kind].crossing(limit) != nil else { return nil }
            return Crossing(kind: kind, current: self[kind].count, limit: limit)
        }
    }
}
