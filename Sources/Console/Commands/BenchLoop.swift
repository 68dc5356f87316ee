import BusProtocol
import Synchronization

/// The slots of a closed loop, and what was measured of them.
final class BenchLoop: Sendable {
    /// What was measured.
    struct Result: Sendable {
        /// Of the answers that came in time.
        var latencies: [Duration] = []
        var errors = 0
        var unanswered = 0
    }

    private struct State {
        var sent: [ContinuousClock.Instant?]
        var result = Result()
    }

    private let prefix: String
    private let end: ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameters:
    ///   - slots: how many requests are in flight.
    ///   - prefix: what the slots' channels begin with.
    ///   - end: when no further request is sent, and no answer counts as one in time.
    init(slots: Int, prefix: String, end: ContinuousClock.Instant) {
        self.prefix = prefix
        self.end = end
        state = Mutex(State(sent: Array(repeating: nil, count: slots)))
    }

    var result: Result { state.withLock { $0.result } }

    /// A slot sends its first request.
    func start(_ slot: Int) {
        state.withLock { state in
            state.sent[slot] = .now
            state.result.unanswered += 1
        }
    }

    /// Something was answered. Returns the slot that is to send its next request, if it is one of ours and there is time.
    func end(_ payload: [UInt8], isError: Bool) -> Int? {
        guard let channel = LLMReply.decode(payload)?.channel, channel.hasPrefix(prefix),
            let slot = Int(channel.dropFirst(prefix.count))
        else { return nil }
        let now = ContinuousClock.now
        return state.withLock { state in
            guard state.sent.indices.contains(slot), let sent = state.sent[slot] else { return nil }
            if isError { state.result.errors += 1 } else if now < end { state.result.latencies.append(now - sent) }
            state.sent[slot] = now < end ? now : nil
            if now >= end { state.result.unanswered -= 1 }
            return now < end ? slot : nil
        }
    }
}
