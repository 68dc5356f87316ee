import Dispatch
import ServiceRuntime

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
        self.interval = interval
        self.time = time
        self.isOpen = isOpen
        deadlines = Deadlines(time: time, grain: .milliseconds(2)) { stream in perform { stream.due() } }
    }

    /// A stream, to be ended with ``DeltaStream/finish()``.
    func open(send: @escaping DeltaStream.Sender) -> DeltaStream {
        DeltaStream(interval: interval, deadlines: deadlines, time: time, isOpen: isOpen, send: send)
    }
}
