internal import Concurrency
internal import Glibc
internal import Synchronization

/// Reads lines from a terminal, with editing, history and completion, while other things are written to it.
///
/// libedit blocks and is not made for several threads: it lives on a thread of its own, where everything is written too.
/// What arrives while nobody types is written at once. While a line is being typed, whole lines are put above it; pieces of
/// one wait until it is sent or emptied.
package final class LineEditor: Sendable {
    /// What was typed.
    package enum Input: Sendable, Equatable {
        /// A line, or a pasted block with its line breaks.
        case line(String)
        /// The end of the input: Ctrl-D, or the terminal is gone. Nothing follows.
        case end
    }

    /// How lines are asked for.
    package struct Options: Sendable {
        /// What stands before the line, as it is to be shown.
        package var prompt: String
        /// Where the lines typed before are kept, for its owner alone; nil: nowhere.
        package var historyPath: String?
        /// How many of them.
        package var historySize = 1000
        /// What a word at the beginning of the line can become.
        package var completions: [String] = []

        /// - Parameter prompt: what stands before the line.
        package init(prompt: String) { self.prompt = prompt }
    }

    /// What is to be done on the editor's thread.
    enum Order {
        /// A part of a line, or several lines and a part.
        case piece(String)
        /// Whole lines, without the last line's end.
        case lines(String)
        /// Forget what is being typed.
        case clear
        /// Stop the process until its shell lets it go on.
        case suspend
    }

    private struct State {
        var orders: [Order] = []
        var isClosed = false
        var isTyping = false
    }

    /// What is typed, line by line. Bound: nobody types faster than these are read.
    package let inputs: AsyncStream<Input>
    let options: Options
    private let input: AsyncStream<Input>.Continuation
    private let state = Mutex(State())
    private let ended = Latch()
    /// The two ends of a pipe that wakes the thread.
    let (waker, wake): (Int32, Int32)

    /// Starts reading; nil where a terminal cannot be used for it.
    package init?(_ options: Options) {
        self.options = options
        (inputs, input) = AsyncStream.makeStream()
        var ends: [Int32] = [-1, -1]
        // Two descriptors fit in.
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (waker, wake) = (ends[0], ends[1])
        guard let thread = BlockingWork.startThread("terminal", { [self] in EditorSession.run(self) }) else {
            return nil
        }
        pthread_detach(pthread_t(thread))
    }

    deinit {
        Glibc.close(waker)
        Glibc.close(wake)
    }

    /// Writes a part of a line at once; while somebody types, once the line is sent or emptied.
    package func write(_ piece: String) { order(.piece(piece)) }

    /// Writes whole lines, above what is being typed.
    package func say(_ lines: String) { order(.lines(lines)) }

    /// Forgets what is being typed. Returns whether something was.
    package func clear() -> Bool {
        let wasTyping = state.withLock { $0.isTyping }
        if wasTyping { order(.clear) }
        return wasTyping
    }

    /// Stops the process as Ctrl-Z does, with the terminal as it was; once the shell lets it go on, the line is there again.
    package func suspend() { order(.suspend) }

    /// Ends reading, and gives the terminal back as it was once everything is written.
    package func close() async {
        state.withLock { $0.isClosed = true }
        signal()
        await ended.wait()
    }

    private func order(_ order: Order) {
        state.withLock { $0.orders.append(order) }
        signal()
    }

    private func signal() {
        var byte: UInt8 = 1
        // One byte of a local variable; a full pipe wakes as well.
        _ = unsafe Glibc.write(wake, &byte, 1)
    }

    // MARK: for the editor's thread

    var isClosed: Bool { state.withLock { $0.isClosed } }
    func takeOrders() -> [Order] {
        state.withLock { state in
            defer { state.orders = [] }
            return state.orders
        }
    }
    func typed(_ line: String) { input.yield(.line(line)) }
    func note(isTyping: Bool) { state.withLock { $0.isTyping = isTyping } }
    func finished() {
        input.yield(.end)
        input.finish()
        ended.open()
    }
}
