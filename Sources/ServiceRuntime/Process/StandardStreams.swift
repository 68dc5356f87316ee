import Dispatch
import Glibc

/// Standard error, written whole or not at all.
public enum StandardError {
    /// Writes all of `bytes`; gives up where nobody reads any more.
    public static let write: @Sendable ([UInt8]) -> Void = { bytes in FileDescriptorWriter.write(bytes, to: 2) }
}

/// Standard output, unbuffered, for text that a person or a pipe waits for.
public enum StandardOutput {
    /// Writes all of `text`; gives up where nobody reads any more.
    public static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes all of `bytes`; gives up where nobody reads any more.
    public static func write(_ bytes: [UInt8]) { FileDescriptorWriter.write(bytes, to: 1) }

    /// Whether a person looks at it.
    public static var isTerminal: Bool { isatty(1) == 1 }
}

/// Standard input.
public enum StandardInput {
    /// Whether a person types into it.
    public static var isTerminal: Bool { isatty(0) == 1 }

    /// Everything up to its end, or up to so many bytes. Blocks.
    public static func read(atMost limit: Int) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while all.count < limit {
            // SAFETY: as many bytes as there are in the buffer.
            let count = unsafe Glibc.read(0, &buffer, min(buffer.count, limit - all.count))
            if count > 0 { all += buffer.prefix(count) } else if count == 0 || errno != EINTR { break }
        }
        return all
    }
}

private enum FileDescriptorWriter {
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        unsafe bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                // SAFETY: the range sent..<count lies inside the buffer, which outlives the call.
                let count = unsafe Glibc.write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent)
                if count > 0 { sent += count } else if errno != EINTR { return }
            }
        }
    }
}

/// SIGTERM, SIGINT and SIGHUP as a sequence, instead of the end of the process; also SIGTSTP, where that is wanted.
public struct ProcessSignals: Sendable {
    /// The name of the one that asks to read the configuration again.
    public static let reload = "SIGHUP"
    /// The name of the one that Ctrl-Z sends.
    public static let suspend = "SIGTSTP"
    /// Each signal's name as it arrives. Bound: the newest four; a fifth before anyone looked tells nothing more.
    public let names: AsyncStream<String>
    private let sources: Sources

    /// Takes the signals over, from now to the end of the process.
    ///
    /// - Parameter suspends: whether ``suspend`` is among them.
    public init(suspends: Bool = false) {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(4))
        names = stream
        let ends = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, Self.reload)]
        sources = Sources(ends + (suspends ? [(SIGTSTP, Self.suspend)] : []), continuation)
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
