import Glibc
import Synchronization

/// One thread that waits for descriptors, deadlines and jobs, and runs tasks: an event loop that is a task executor.
///
/// `Task(executorPreference: loop) { … }` runs on the loop's thread, where libcurl's transfers and the NATS socket live too:
/// starting a transfer, publishing, and resuming when an answer has come then need no other thread.
///
/// Jobs run to their next suspension: what takes long (more than about a millisecond) or blocks must not run here, as
/// nothing else runs meanwhile. At most ``LoopThread/jobsPerTurn`` jobs run before the kernel is asked for events again.
///
/// What is enqueued on the loop's own thread goes to a queue without a lock. From elsewhere it goes through an inbox; the
/// eventfd is written only if the loop waits for the kernel.
///
/// A loop outlives its clients: shut them down first, then the loop. It lives until it is shut down. A process may have
/// several.
package final class EventLoop: TaskExecutor, Sendable {
    /// The process's own, on which clients work unless they are given another. Never shut down.
    package static let shared = EventLoop()

    private let poll: EventPoll
    private let inbox = Mutex(LoopInbox<LoopThread.Job>())
    /// The loop's own thread; 0 before it runs and after it has ended.
    private let threadID = Atomic<UInt>(0)
    private let wakeups = Atomic<Int>(0)
    private let local = LoopLocal()
    /// To be joined.
    private let thread = Mutex<pthread_t?>(nil)
    private let ended = Latch()

    /// Makes a loop and starts its thread. A process that has no descriptors or threads left for it ends here: it could not
    /// work.
    /// - Parameter name: of the thread, at most 15 bytes.
    package init(name: String = "event-loop") {
        guard let poll = EventPoll() else { fatalError("no descriptors are left for an event loop") }
        self.poll = poll
        let started = BlockingWork.startThread(name) { [self] in work() }
        guard let started else { fatalError("no threads are left for an event loop") }
        thread.withLock { $0 = started }
    }

    /// Whether the caller is on the loop's thread.
    package var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// The loop's own part, if the caller is on its thread.
    package var current: LoopThread? { isCurrent ? local.thread : nil }

    /// How often the eventfd has been written: never by the loop itself.
    package var wakeUpCount: Int { wakeups.load(ordering: .relaxed) }

    /// Runs the work on the loop: on its own thread after what is enqueued there already, in this turn.
    ///
    /// - Returns: false after the loop has ended: then it does not run.
    @discardableResult
    package func execute(_ work: @escaping @Sendable () -> Void) -> Bool { add(.work(work)) }

    /// Runs the work on the loop and waits for it without a thread; after the loop has ended, on the caller's thread.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            if !execute({ continuation.resume(returning: body()) }) { continuation.resume(returning: body()) }
        }
    }

    /// See `TaskExecutor`. After the loop has ended, tasks run on Swift's own threads.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !add(.task(job)) { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    /// Ends the loop after all that is enqueued, and returns when its thread has gone. More than once does nothing more.
    /// Must not be called by a task that runs on the loop.
    package func shutDown() async {
        if inbox.withLock({ $0.stop() }) == .wake { wake() }
        await ended.wait()
        // Waits for no more than the thread's last instructions.
        if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }

    @discardableResult
    private func add(_ job: LoopThread.Job) -> Bool {
        if let current {
            current.add(job)
            return true
        }
        switch inbox.withLock({ $0.put(job) }) {
        case .nothing: return true
        case .wake:
            wake()
            return true
        case .refused: return false
        }
    }

    private func wake() {
        wakeups.add(1, ordering: .relaxed)
        poll.wake()
    }

    /// The thread's whole work.
    private func work() {
        let thread = LoopThread(loop: self, poll: poll)
        local.set(thread)
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        thread.run(inbox)
        threadID.store(0, ordering: .relaxed)
        local.set(nil)
        ended.open()
    }
}

/// Holds a loop's own part.
///
/// `@unchecked Sendable`: it is set and read on the loop's thread only, which ``EventLoop/current`` checks.
private final class LoopLocal: @unchecked Sendable {
    private(set) var thread: LoopThread?

    func set(_ thread: LoopThread?) { self.thread = thread }
}

/// A value that is used on one event loop's thread only, held by what is sendable.
///
/// `@unchecked Sendable`: every use checks that it is on the loop's thread.
package final class LoopBound<Value>: @unchecked Sendable {
    /// The loop whose thread may use the value.
    package let loop: EventLoop
    private var value: Value

    /// - Parameter value: made here by who hands it over to the loop: nobody else uses it.
    package init(_ value: sending Value, on loop: EventLoop) {
        self.value = value
        self.loop = loop
    }

    /// - Parameter value: made on the loop's thread.
    package init(_ value: Value, of thread: LoopThread) {
        self.value = value
        loop = thread.loop
    }

    /// The value, for who is on the loop's thread, which it proves with the loop's own part.
    package subscript(thread: LoopThread) -> Value {
        get {
            precondition(thread.loop === loop, "used on another event loop")
            return value
        }
        set {
            precondition(thread.loop === loop, "used on another event loop")
            value = newValue
        }
    }
}
