import Dispatch
import Glibc

/// SIGTERM and SIGINT as a sequence, instead of the end of the process.
public struct TerminationSignals: Sendable {
    /// Each signal's name as it arrives. Bound: the newest four; a fifth before anyone looked tells nothing more.
    public let names: AsyncStream<String>
    private let sources: Sources

    /// Takes the signals over, from now to the end of the process.
    public init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(4))
        names = stream
        sources = Sources([(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")], continuation)
    }

    private final class Sources: Sendable {
        // SAFETY: written once, in init, and only held; Dispatch retains its own.
        private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

        init(_ signals: [(number: Int32, name: String)], _ continuation: AsyncStream<String>.Continuation) {
            let queue = DispatchQueue(label: "rosey-llm.signals")
            unsafe sources = signals.map { number, name in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { @Sendable in continuation.yield(name) }
                source.activate()
                return source
            }
        }
    }
}
