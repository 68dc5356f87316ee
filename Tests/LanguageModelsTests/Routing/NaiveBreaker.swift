/// What the circuit breaker is to do, written down as plainly as can be: it keeps every outcome, and counts in seconds.
struct NaiveBreaker {
    enum State: Equatable {
        case closed
        case open(until: Int)
        case halfOpen(probe: Int?)
    }

    let window: Int
    let minimum: Int
    let openTime: Int
    var state = State.closed
    var outcomes: [(time: Int, isFailure: Bool)] = []
    /// The requests that count, by number: all that were let through since the state changed.
    var counted: Set<Int> = []

    mutating func admit(_ id: Int, _ now: Int) -> Bool {
        switch state {
        case .closed:
            counted.insert(id)
            return true
        case .open(let until) where until > now: return false
        case .halfOpen(.some): return false
        case .open, .halfOpen(nil):
            state = .halfOpen(probe: id)
            return true
        }
    }

    /// - Parameter isFailure: nil where the outcome says nothing.
    mutating func end(_ id: Int, _ isFailure: Bool?, _ now: Int) {
        if state == .halfOpen(probe: id) {
            switch isFailure {
            case nil: state = .halfOpen(probe: nil)
            case true?: state = .open(until: now + openTime)
            case false?: (state, outcomes, counted) = (.closed, [], [])
            }
        } else if state == .closed, counted.remove(id) != nil, let isFailure {
            outcomes.append((now, isFailure))
            outcomes.removeAll { $0.time <= now - window }
            let failures = outcomes.count { $0.isFailure }
            if outcomes.count >= minimum, failures * 2 >= outcomes.count { open(until: now + openTime) }
        }
    }

    mutating func trip(_ rest: Int, _ now: Int) {
        if case .open(let until) = state { open(until: max(until, now + rest)) } else { open(until: now + rest) }
    }

    private mutating func open(until: Int) { (state, outcomes, counted) = (.open(until: until), [], []) }
}
