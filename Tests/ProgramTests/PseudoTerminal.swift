import Foundation
import Synchronization
import TestSupport

/// What was waited for was not to be seen.
struct NotShown: Error, CustomStringConvertible {
    let description: String
}

/// The program in a terminal of its own, as somebody at a keyboard sees it.
final class PseudoTerminal: Sendable {
    private let process: Process
    private let master: Int32
    private let chunks: AsyncStream<String>
    /// The exit code, once it has ended.
    private let exits: AsyncStream<Int32>
    /// What was shown and not looked at yet.
    private let rest = Mutex("")

    /// Starts the program there.
    /// - Parameter home: where it keeps the lines typed.
    init(_ arguments: [String], home: URL) throws {
        // As grantpt(3) and its like do it: each call is given a local variable.
        let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        var (locked, place): (Int32, Int32) = (0, 0)
        let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0, unsafe ioctl(master, unlock, &locked) == 0, unsafe ioctl(master, number, &place) == 0 else {
            throw NotShown(description: "there is no pseudo-terminal")
        }
        self.master = master
        let slave = unsafe open("/dev/pts/\(place)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
        let process = Process()
        // It makes the terminal the program's own: so a Ctrl-C reaches it.
        process.executableURL = URL(filePath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", Child.program.path] + arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin", "HOME": home.path, "TERM": "xterm", "NO_COLOR": "1"]
            .merging(Child.sanitizer) { $1 }
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        (process.standardInput, process.standardOutput, process.standardError) = (terminal, terminal, terminal)
        self.process = process
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        chunks = stream
        let (exits, exit) = AsyncStream.makeStream(of: Int32.self)
        self.exits = exits
        process.terminationHandler = { exit.yield($0.terminationStatus) }
        try process.run()
        try terminal.close()
        Thread.detachNewThread { [master] in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                // As many bytes as there is room for.
                let count = unsafe read(master, &bytes, bytes.count)
                guard count > 0 else { break }
                continuation.yield(String(decoding: bytes.prefix(count), as: UTF8.self))
            }
            continuation.finish()
        }
    }

    deinit {
        if process.isRunning { process.terminate() }
        close(master)
    }

    /// The process that reads what is typed.
    var foreground: pid_t {
        let group = tcgetpgrp(master)
        precondition(group > 1, "nobody reads what is typed")
        return group
    }

    /// Whether the terminal edits lines itself, as a shell finds it.
    var isCooked: Bool {
        var modes = termios()
        // One local variable.
        return unsafe tcgetattr(master, &modes) == 0 && modes.c_lflag & tcflag_t(ICANON | ECHO) == ICANON | ECHO
    }

    /// Waits until the process that reads has stopped.
    func stopped() async throws {
        try await withTimeout(.seconds(20)) { [self] in
            while true {
                let status = try String(contentsOfFile: "/proc/\(foreground)/stat", encoding: .utf8)
                if status.contains(") T ") { return }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Types.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        // All of them: it is less than a terminal holds.
        _ = unsafe write(master, bytes, bytes.count)
    }

    /// Waits until a text is shown, after the last one that was waited for. Returns what stood before it.
    @discardableResult func shows(_ text: String) async throws -> String {
        return try await withTimeout(.seconds(20)) { [self] in
            if let before = take(text) { return before }
            for await chunk in chunks {
                rest.withLock { $0 += chunk }
                if let before = take(text) { return before }
            }
            throw NotShown(description: "not shown: \(text) in \(rest.withLock { $0 })")
        }
    }

    /// What stands before the text, if that was shown; both are looked at then.
    private func take(_ text: String) -> String? {
        rest.withLock { rest in
            guard let range = rest.range(of: text) else { return nil }
            defer { rest = String(rest[range.upperBound...]) }
            return String(rest[..<range.lowerBound])
        }
    }

    /// Waits until the program has ended, and returns its exit code.
    func ended() async throws -> Int32 {
        try await withTimeout(.seconds(20)) { [self] in
            for await status in exits { return status }
            throw NotShown(description: "the program has not ended")
        }
    }
}
