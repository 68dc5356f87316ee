import Dispatch
import Glibc
import Synchronization

/// A program that this process started, and ends.
public struct ChildProcess: Sendable {
    /// Its process id.
    public let id: Int32

    /// Starts a program in a process group of its own, so that a Ctrl-C meant for this process does not reach it; its
    /// output goes nowhere. Where `setpriv` is there (Debian always has it), the kernel ends the child should this process
    /// be killed.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked up in `PATH`.
    ///   - arguments: without the program's own name.
    public static func start(_ program: String, _ arguments: [String]) throws(ChildProcessError) -> ChildProcess {
        let parent = ParentThread([program] + arguments)
        guard let id = parent.start() else { throw ChildProcessError(program: program) }
        return ChildProcess(id: id)
    }

    fileprivate static func spawn(tied command: [String]) -> pid_t? {
        spawn(["setpriv", "--pdeathsig", "TERM"] + command) ?? spawn(command)
    }

    /// Whether it still runs.
    public var isRunning: Bool { kill(id, 0) == 0 && waitpid(id, nil, WNOHANG) == 0 }

    /// Asks it to end, and waits until it has; after `patience` it is killed.
    public func stop(patience: Duration = .seconds(5)) async {
        kill(id, SIGTERM)
        let id = id
        let deadline = ContinuousClock.now + patience
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue(label: "rosey-llm.child").async {
                while ContinuousClock.now < deadline {
                    if waitpid(id, nil, WNOHANG) != 0 { return continuation.resume() }
                    usleep(5_000)
                }
                kill(id, SIGKILL)
                waitpid(id, nil, 0)
                continuation.resume()
            }
        }
    }

    private static func spawn(_ command: [String]) -> pid_t? {
        var attributes = posix_spawnattr_t()
        var files = unsafe posix_spawn_file_actions_t()
        // SAFETY: both are initialised here, used only by the call below, and destroyed at the end of this scope; the
        // arguments are copied, end with nil, and are freed after the call.
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawn_file_actions_init(&files)
        defer {
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&files)
        }
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGINT)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        for descriptor in [0, 1, 2] as [Int32] {
            unsafe posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0)
        }
        let arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var id: pid_t = 0
        guard let name = command.first, unsafe posix_spawnp(&id, name, &files, &attributes, arguments, environ) == 0
        else { return nil }
        return id
    }
}

/// The thread that starts a child and lasts as long as it: the kernel ends the child when the *thread* that started it is
/// gone, and those of the pools go when they have nothing to do.
private final class ParentThread: Sendable {
    private let command: [String]
    private let child = Mutex<pid_t?>(nil)
    private let isStarted = DispatchSemaphore(value: 0)

    init(_ command: [String]) { self.command = command }

    /// Starts the thread and the child; nil where the child cannot be started.
    func start() -> pid_t? {
        // SAFETY: the thread takes over the reference that is retained for it here, and only if it was created.
        let context = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        guard unsafe pthread_create(&thread, nil, parentMain, context.toOpaque()) == 0 else {
            unsafe context.release()
            return nil
        }
        pthread_detach(thread)
        isStarted.wait()
        return child.withLock { $0 }
    }

    fileprivate func run() {
        let id = ChildProcess.spawn(tied: command)
        child.withLock { $0 = id }
        isStarted.signal()
        guard let id else { return }
        // Until it has ended; whoever asks for its end (`waitpid`) still finds it.
        var info = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    }
}

private func parentMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // Signals are for the threads that expect them.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    // SAFETY: `start` retained the object for this thread.
    if let context = unsafe context { unsafe Unmanaged<ParentThread>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}

/// A program could not be started.
public struct ChildProcessError: Error, CustomStringConvertible {
    let program: String

    /// What to do about it.
    public var description: String { "\(program) cannot be started: is it installed?" }
}
