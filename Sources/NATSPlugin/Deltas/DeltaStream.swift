import Dispatch
import LanguageModels
import ServiceRuntime
import Synchronization

/// The pieces of one streamed answer on their way out.
///
/// It sends under its lock, so that what the timer sends and what the stream sends cannot overtake each other. While the
/// bus is away it gathers: what waits for it to be back is to be answers, and not the pieces that lead to them.
final class DeltaStream: Sendable {
    private struct State {
        var gathering: DeltaGathering
        var count = 0
    }

    /// How long it waits to look again whether the bus is back.
    private static let closedWait = Duration.milliseconds(100)

    /// Sends a text that is the `number`th message and more where it does not fit into one; returns how many they were.
    typealias Sender = @Sendable (_ text: String, _ number: Int) -> Int

    private let state: Mutex<State>
    private let deadlines: Deadlines<DeltaStream>
    private let time: any TimeSource
    private let send: Sender
    private let isOpen: @Sendable () -> Bool

    init(
        interval: Duration, deadlines: Deadlines<DeltaStream>, time: any TimeSource,
        isOpen: @escaping @Sendable () -> Bool, send: @escaping Sender
    ) {
        self.isOpen = isOpen
        state = Mutex(State(gathering: DeltaGathering(interval: interval)))
        (self.deadlines, self.time, self.send) = (deadlines, time, send)
    }

    /// For whoever has the pieces.
    var sink: DeltaSink { { text in self.take(text) } }

    /// A piece came.
    func take(_ text: String) {
        // The time is asked for under the lock too: a step never sees an earlier time than the step before it.
        let timer = state.withLock { state in perform(state.gathering.piece(text, now: time.now), &state) }
        if let timer { deadlines.add(self, at: timer) }
    }

    /// The time that was asked for has come.
    func due() {
        let timer = state.withLock { state in perform(state.gathering.due(now: time.now), &state) }
        if let timer { deadlines.add(self, at: timer) }
    }

    /// Sends what still waits. Nothing is sent afterwards.
    func finish() {
        state.withLock { state in
            if let rest = state.gathering.finish() { state.count += send(rest, state.count) }
        }
        deadlines.remove(self)
    }

    /// Returns when a timer is to be set, if one is.
    private func perform(_ step: DeltaGathering.Step, _ state: inout State) -> ContinuousClock.Instant? {
        switch step {
        case .send(let text) where !isOpen():
            if case .arm(let instant) = state.gathering.putBack(text, until: time.now + Self.closedWait) {
                return instant
            }
        case .send(let text): state.count += send(text, state.count)
        case .arm(let instant): return instant
        case .nothing: break
        }
        return nil
    }
}

extension DeltaStream: Hashable {
    static func == (one: DeltaStream, other: DeltaStream) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Opens the streams of pieces; all of them share one timer.
final class DeltaGatherer: Sendable {
    private static let queue = DispatchQueue(label: "rosey-llm.deltas")

    private let interval: Duration
    private let deadlines: Deadlines<DeltaStream>
    private let time: any TimeSource
    private let isOpen: @Sendable () -> Bool

    /// - Parameters:
    ///   - interval: of an answer's pieces, what comes within it goes out together.
    ///   - time: whose time counts.
    ///   - isOpen: whether the bus is there.
    ///   - perform: does the timer's work. Sending may block where the server does not read, and whoever else waits for
    ///     the time must not wait for that: so it has a queue of its own.
    init(
        interval: Duration, time: any TimeSource, isOpen: @escaping @Sendable () -> Bool = { true },
        perform: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { queue.async(execute: $0) }
    ) {
        (self.interval, self.time, self.isOpen) = (interval, time, isOpen)
        deadlines = Deadlines(time: time, grain: .milliseconds(2)) { stream in perform { stream.due() } }
    }

    /// A stream, to be ended with ``DeltaStream/finish()``.
    func open(send: @escaping DeltaStream.Sender) -> DeltaStream {
        DeltaStream(interval: interval, deadlines: deadlines, time: time, isOpen: isOpen, send: send)
    }
}
