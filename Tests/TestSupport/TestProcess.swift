internal import Dispatch
internal import Foundation
internal import Synchronization

/// A child process, whose standard error comes line by line.
final class TestProcess: Sendable {
    private struct State {
        var log = ""
        var rest = ""
        var isRunning = true
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// What it writes to standard error; ends with the process.
    let lines: AsyncStream<String>
    private let pid: Int32
    private let state: Arc<State>

    /// A mutex that closures can hold.
    private final class Arc<Value: Sendable>: Sendable {
        let mutex: Mutex<Value>
        init(_ value: Value) { mutex = Mutex(value) }
    }

    init(_ name: String, _ arguments: [String]) throws {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        let state = Arc(State())
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/local/sbin:/usr/sbin:/usr/bin"]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardError = pipe
        process.terminationHandler = { _ in
            let waiters = state.mutex.withLock { state in
                state.isRunning = false
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        try process.run()
        pid = process.processIdentifier
        self.lines = lines
        self.state = state
        // A blocking read on a thread of its own: a readability handler now and then crashes in libdispatch's event
        // loop when the pipe closes.
        DispatchQueue(label: "test-process.output").async {
            while true {
                let data = pipe.fileHandleForReading.availableData
                if data.isEmpty { return continuation.finish() }
                let whole = state.mutex.withLock { state in
                    let text = String(decoding: data, as: UTF8.self)
                    state.log += text
                    let parts = (state.rest + text).split(separator: "\n", omittingEmptySubsequences: false)
                    state.rest = String(parts.last ?? "")
                    return parts.dropLast().map(String.init)
                }
                for line in whole { continuation.yield(line) }
            }
        }
    }

    /// All that it has written to standard error.
    var log: String { state.mutex.withLock { $0.log } }

    /// Sends a signal, if it still runs.
    func signal(_ number: Int32) {
        state.mutex.withLock { if $0.isRunning { _ = kill(pid, number) } }
    }

    /// Sends a signal and waits until the process is gone.
    func end(_ number: Int32) async {
        signal(number)
        if number == SIGKILL { signal(SIGCONT) }
        await withCheckedContinuation { continuation in
            let isGone = state.mutex.withLock { state in
                if state.isRunning { state.waiters.append(continuation) }
                return !state.isRunning
            }
            if isGone { continuation.resume() }
        }
    }

    /// Runs a command to its end.
    /// - Throws: ``TestServerFailure`` with its standard error unless it succeeds.
    static func run(_ name: String, _ arguments: [String], in directory: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        if process.terminationStatus != 0 {
            throw TestServerFailure(description: "\(name): \(String(decoding: output, as: UTF8.self))")
        }
    }
}
