internal import Dispatch
internal import Glibc
internal import Synchronization

/// A child process, whose standard error comes line by line.
///
/// Spawned and waited for by hand, on one thread: `Foundation.Process` leaks what it is made of, and a pipe's readability
/// handler now and then crashes in libdispatch's event loop when the pipe closes.
package final class TestProcess: Sendable {
    private struct State {
        var log = ""
        var rest = ""
        var status: Int32?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// What it writes to standard error; ends with the process.
    let lines: AsyncStream<String>
    private let line: AsyncStream<String>.Continuation
    private let pid: pid_t
    private let state = Mutex(State())
    /// One at a time, so that no child inherits another's pipe before it is marked.
    private static let spawning = Mutex(())

    /// - Parameter command: the program, looked for in `PATH` and in `/usr/sbin`, and its arguments.
    init(_ command: [String]) throws {
        let (pid, output) = try Self.spawning.withLock { _ in
            var ends: [Int32] = [-1, -1]
            // Two descriptors fit in.
            guard unsafe pipe(&ends) == 0 else { throw TestServerFailure(description: "no pipe") }
            defer { close(ends[1]) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            let pid =
                Self.spawn(command[0], command, standardError: ends[1])
                ?? Self.spawn("/usr/sbin/" + command[0], command, standardError: ends[1])
            if let pid { return (pid, ends[0]) }
            close(ends[0])
            throw TestServerFailure(description: "cannot start \(command[0])")
        }
        self.pid = pid
        (lines, line) = AsyncStream.makeStream()
        DispatchQueue(label: "test-process").async { self.attend(output) }
    }

    /// All that it has written to standard error.
    var log: String { state.withLock { $0.log } }

    /// Sends a signal, if it still runs.
    func signal(_ number: Int32) {
        state.withLock { if $0.status == nil { _ = kill(pid, number) } }
    }

    /// Stops it, and waits the moment until it stands still. Blocks.
    func hold() {
        state.withLock { state in
            guard state.status == nil, kill(pid, SIGSTOP) == 0 else { return }
            var information = unsafe siginfo_t()
            // Should it end instead, that is told too.
            _ = unsafe waitid(P_PID, id_t(pid), &information, WSTOPPED | WEXITED | WNOWAIT)
        }
    }

    /// Sends a signal and waits until the process is gone.
    func end(_ number: Int32) async {
        signal(number)
        await wait()
    }

    /// Waits until the process is gone.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isGone = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status != nil
            }
            if isGone { continuation.resume() }
        }
    }

    /// Runs a command to its end.
    /// - Throws: ``TestServerFailure`` with its standard error unless it succeeds.
    package static func run(_ command: [String]) async throws {
        let process = try TestProcess(command)
        await process.wait()
        guard process.state.withLock({ $0.status }) == 0 else {
            throw TestServerFailure(description: "\(command[0]): \(process.log)")
        }
    }

    private static func spawn(_ file: String, _ command: [String], standardError: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, standardError, 2)
        // Copies that live during the call, and a null pointer at the end.
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        return unsafe posix_spawnp(&pid, file, &actions, nil, &arguments, environ) == 0 ? pid : nil
    }

    /// Reads until the process closes its standard error, and waits for its end. Blocks.
    private func attend(_ output: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            // As many bytes as there are in the buffer.
            let count = unsafe read(output, &buffer, buffer.count)
            if count <= 0 { break }
            let text = String(decoding: buffer.prefix(count), as: UTF8.self)
            let whole = state.withLock { state in
                state.log += text
                let parts = (state.rest + text).split(separator: "\n", omittingEmptySubsequences: false)
                state.rest = String(parts.last ?? "")
                return parts.dropLast().map(String.init)
            }
            for text in whole { line.yield(text) }
        }
        close(output)
        // Until it is reaped, under the lock, its number cannot be another's.
        var information = unsafe siginfo_t()
        _ = unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
        let waiters = state.withLock { state in
            var status: Int32 = 0
            _ = unsafe waitpid(pid, &status, 0)
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        line.finish()
        for waiter in waiters { waiter.resume() }
    }
}
