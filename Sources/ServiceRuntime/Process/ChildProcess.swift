import Dispatch
import Glibc

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
        let command = [program] + arguments
        if let child = spawn(["setpriv", "--pdeathsig", "TERM"] + command) { return child }
        guard let child = spawn(command) else { throw ChildProcessError(program: program) }
        return child
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

    private static func spawn(_ command: [String]) -> ChildProcess? {
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
        return ChildProcess(id: id)
    }
}

/// A program could not be started.
public struct ChildProcessError: Error, CustomStringConvertible {
    let program: String

    /// What to do about it.
    public var description: String { "\(program) cannot be started: is it installed?" }
}
