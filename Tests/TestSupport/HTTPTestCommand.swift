internal import Foundation

/// A program run as a child, without Foundation's `Process`, which the sanitizers object to.
package final class HTTPTestCommand: Sendable {
    private let pid: pid_t
    private let output: Int32

    /// Starts a program of the search path with these arguments; its standard output can be read, the rest is null.
    package init(_ program: String, _ arguments: [String]) throws {
        var pipes: [Int32] = [-1, -1]
        // Two descriptors are written to the two elements.
        guard unsafe pipe(&pipes) == 0 else { throw POSIXError(.EMFILE) }
        for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        var child = pid_t()
        // The strings and actions live until they are freed below, after the call that reads them.
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // The sockets of other tests are not for it.
        for descriptor in 3..<Int32(4096) { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        // Neither are the blocked signals of this thread.
        var attributes = posix_spawnattr_t()
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let status = unsafe posix_spawnp(&child, program, &actions, &attributes, &words, environ)
        unsafe posix_spawnattr_destroy(&attributes)
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe words.forEach { unsafe free($0) }
        close(pipes[1])
        pid = child
        output = pipes[0]
        if status != 0 { throw POSIXError(.ENOENT) }
    }

    deinit { close(output) }

    /// The next line of its output that begins like this; nil at the end.
    package func line(beginning prefix: String) async -> String? {
        await onThread {
            var line: [UInt8] = []
            var byte: UInt8 = 0
            // One byte is written to the variable.
            while unsafe read(self.output, &byte, 1) == 1 {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                let text = String(decoding: line, as: UTF8.self)
                if text.hasPrefix(prefix) { return text }
                line = []
            }
            return nil
        }
    }

    /// Waits for its end; true if it succeeded. To be called once.
    @discardableResult
    package func wait() async -> Bool {
        await onThread {
            var status: Int32 = -1
            // The status is written to the variable.
            while unsafe waitpid(self.pid, &status, 0) < 0 && errno == EINTR {}
            return status == 0
        }
    }

    package func terminate() { kill(pid, SIGKILL) }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { waiter in Thread.detachNewThread { waiter.resume(returning: work()) } }
    }
}
