import Concurrency
import FoundationEssentials
import ServiceRuntime
import Synchronization

/// What is on its way to one browser. One that does not read is cut off: it comes again by itself, and is told then.
final class EventQueue: Sendable {
    /// The most that waits, besides what it is told when it comes.
    static let maxBytes = 1 << 20
    /// The most that is sent at once, in bytes.
    static let maxPiece = 32 << 10

    private struct State {
        var waiting: [SharedBytes]
        /// In bytes.
        var count: Int
        /// How much of the first is on its way already.
        var sent = 0
        var waiter: WaitSlot<Void>?
        var isClosed = false
        var isOverrun = false

        /// A copy, so that what was waiting is gone when it is cut off, also where the browser stands still.
        mutating func take() -> Data {
            var piece = Data()
            var whole = 0
            while whole < waiting.count, piece.count < maxPiece {
                let rest = waiting[whole].bytes.dropFirst(sent)
                let part = rest.prefix(maxPiece - piece.count)
                piece.append(part)
                if part.count == rest.count { (whole, sent) = (whole + 1, 0) } else { sent += part.count }
            }
            waiting.removeFirst(whole)
            count -= piece.count
            return piece
        }

        /// Nothing more is sent.
        mutating func drop() { (isClosed, waiting, count, sent) = (true, [], 0, 0) }
    }

    private let state: Mutex<State>
    private let limit: Int

    /// - Parameter beginning: what it is told first.
    init(_ beginning: SharedBytes) {
        state = Mutex(State(waiting: [beginning], count: beginning.bytes.count))
        limit = beginning.bytes.count + Self.maxBytes
    }

    /// Whether the browser was too slow.
    var isOverrun: Bool { state.withLock { $0.isOverrun } }

    /// How much waits, in bytes.
    var count: Int { state.withLock { $0.count } }

    /// Puts something in its way.
    func put(_ bytes: SharedBytes) {
        change { state in
            guard !state.isClosed else { return }
            if state.count + bytes.bytes.count > limit {
                state.isOverrun = true
                state.drop()
            } else {
                state.waiting.append(bytes)
                state.count += bytes.bytes.count
            }
        }
    }

    /// That was the last; what waits is still sent.
    func close() { change { $0.isClosed = true } }

    /// It is to hear nothing more, also of what waits.
    func end() { change { $0.drop() } }

    /// It is too slow.
    func cutOff() {
        change { state in
            state.isOverrun = state.isOverrun || !state.isClosed
            state.drop()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// What waits, or what comes next; nil at the end, and when the task is cancelled. For one task.
    func next() async -> Data? {
        while true {
            let slot = WaitSlot<Void>()
            let (bytes, isClosed) = state.withLock { state in
                let bytes = state.take()
                if bytes.isEmpty, !state.isClosed { state.waiter = slot }
                return (bytes, state.isClosed)
            }
            if !bytes.isEmpty { return bytes }
            guard !isClosed, await slot.wait() != nil else { return nil }
        }
    }
}

/// Bytes on their way to one browser or many: they count once, for as long as one of those waits for them.
final class SharedBytes: Sendable {
    let bytes: Data
    private let load: BrowserLoad

    init(_ bytes: Data, _ load: BrowserLoad) {
        self.bytes = bytes
        self.load = load
        load.add(bytes.count)
    }

    deinit { load.add(-bytes.count) }
}

/// How much waits for all browsers together.
final class BrowserLoad: Sendable {
    private let count = Atomic(0)

    /// In bytes.
    var bytes: Int { count.load(ordering: .relaxed) }

    /// So much more, or less.
    func add(_ bytes: Int) { count.wrappingAdd(bytes, ordering: .relaxed) }
}
