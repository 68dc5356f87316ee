import Concurrency
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
        guard let id = spawn(onThread: [program] + arguments) else { throw ChildProcessError(program: program) }
        return ChildProcess(id: id)
    }

    /// Starts a child on a thread that lasts as long as it: the kernel ends the child when the *thread* that started it is
    /// gone, and those of the pools go when they have nothing to do.
    private static func spawn(onThread command: [String]) -> pid_t? {
        let started = StartedChild()
        let thread = BlockingWork.startThread("child") {
            let id = spawn(["setpriv", "--pdeathsig", "TERM"] + command) ?? spawn(command)
            started.set(id)
            guard let id else { return }
            // Until it has ended; whoever asks for its end (`waitpid`) still finds it.
            var info = unsafe siginfo_t()
            while unsafe waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        }
        guard let thread else { return nil }
        pthread_detach(thread)
        return started.id
    }

    /// Whether it still runs.
    public var isRunning: Bool { kill(id, 0) == 0 && waitpid(id, nil, WNOHANG) == 0 }

    /// Asks it to end, and waits until it has; after `patience` it is killed.
    public func stop(patience: Duration = .seconds(5)) async {
        kill(id, SIGTERM)
        let id = id
        let deadline = ContinuousClock.now + patience
        await BlockingWork.run {
            while ContinuousClock.now < deadline {
                if waitpid(id, nil, WNOHANG) != 0 { return }
                usleep(5_000)
            }
            kill(id, SIGKILL)
            waitpid(id, nil, 0)
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

/// The id of a child that another thread starts.
private final class StartedChild: Sendable {
    private let value = Mutex<pid_t?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ id: pid_t?) {
        value.withLock { $0 = id }
        isSet.signal()
    }

    /// Nil where the child cannot be started. Waits until that is known.
    var id: pid_t? {
        isSet.wait()
        return value.withLock { $0 }
    }
}

/// A program could not be started.
public struct ChildProcessError: Error, CustomStringConvertible {
    let program: String

    /// What to do about it.
    public var description: String { "\(program) cannot be started: is it installed?" }
}
