import Foundation
import JSON
import NATSClient
import Synchronization
import TestSupport

/// The program itself, as a child process.
final class Child: Sendable {
    private struct State {
        var output = ["", ""]
        var closed = 0
        var exit: Int32?
        var waiters: [(isDone: @Sendable (Child.Seen) -> Bool, waiter: CheckedContinuation<Void, Never>)] = []
    }

    /// What is known of it.
    struct Seen: Sendable {
        var out: String
        var err: String
        /// Known once it has ended and all that it wrote was read.
        var exit: Int32?
    }

    let pid: Int32
    private let state = Mutex(State())

    /// Where the package's program was built: beside the tests.
    static var program: URL {
        // The tests are a plain executable here, whose bundle is its folder.
        let bundle = Bundle(for: Child.self).bundleURL
        let folder = bundle.pathExtension == "xctest" ? bundle.deletingLastPathComponent() : bundle
        return folder.appending(path: "rosey-llm")
    }

    /// A sanitizer's settings, which are for the program under test too.
    static var sanitizer: [String: String] {
        ProcessInfo.processInfo.environment.filter {
            ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"].contains($0.key)
        }
    }

    /// Starts the program.
    /// - Parameter environment: nothing else but `PATH`, `HOME` and a sanitizer's settings is inherited.
    init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil, program: URL? = nil) throws {
        let process = Process()
        // The kernel ends it should the tests be killed. A service that was left behind would look for its server for ever,
        // and answer in the test whose server is given the same port.
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig", "KILL", (program ?? Child.program).path] + arguments
        let own = ProcessInfo.processInfo.environment
        var path = own["PATH"] ?? ""
        path += ":/usr/local/sbin:/usr/sbin:/usr/bin"
        process.environment = ["PATH": path, "HOME": own["HOME"] ?? "/", "USER": "tester"]
            .merging(Child.sanitizer) { $1 }
            .merging(environment) { $1 }
        // Where it finds no config.json of somebody's.
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        let pipes = [Pipe(), Pipe()]
        process.standardOutput = pipes[0]
        process.standardError = pipes[1]
        process.standardInput = try input.map(Self.file) ?? FileHandle.nullDevice
        let holder = Holder()
        process.terminationHandler = { process in
            let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
            holder.child?.note { $0.exit = status }
            holder.hasEnded.signal()
        }
        // Held until it has ended.
        holder.lock.lock()
        defer { holder.lock.unlock() }
        // For the kernel the parent is the thread, which therefore lasts as long as the child.
        Thread.detachNewThread {
            let start = Result { try process.run() }
            holder.started.signal(with: start)
            if case .success = start { holder.hasEnded.wait() }
        }
        try holder.started.wait()
        pid = process.processIdentifier
        holder.set(self)
        for (index, pipe) in pipes.enumerated() {
            Thread.detachNewThread { [self] in
                while true {
                    let data = pipe.fileHandleForReading.nextData()
                    if data.isEmpty { return note { $0.closed += 1 } }
                    note { $0.output[index] += String(decoding: data, as: UTF8.self) }
                }
            }
        }
    }

    /// A file that nobody else has, with that text in it. (A pipe's end might be held open by another child that is started
    /// meanwhile: there would be no end of the input.)
    private static func file(_ text: String) throws -> FileHandle {
        let place = FileManager.default.temporaryDirectory.appending(path: "input-\(UUID().uuidString)")
        try Data(text.utf8).write(to: place)
        defer { try? FileManager.default.removeItem(at: place) }
        return try FileHandle(forReadingFrom: place)
    }

    private final class Holder: @unchecked Sendable {
        // SAFETY: read and written under the lock only.
        let lock = NSLock()
        let started = Start()
        let hasEnded = DispatchSemaphore(value: 0)
        private var held: Child?
        func set(_ child: Child) { held = child }
        var child: Child? { lock.withLock { held } }
    }

    /// How starting went, told by one thread to another.
    private final class Start: Sendable {
        private let outcome = Mutex<Result<Void, any Error>?>(nil)
        private let isKnown = DispatchSemaphore(value: 0)

        func signal(with result: Result<Void, any Error>) {
            outcome.withLock { $0 = result }
            isKnown.signal()
        }

        func wait() throws {
            isKnown.wait()
            try outcome.withLock { $0 }?.get()
        }
    }

    private func note(_ change: (inout State) -> Void) {
        let due = state.withLock { state in
            change(&state)
            let seen = Self.seen(state)
            let due = state.waiters.filter { $0.isDone(seen) }
            state.waiters.removeAll { $0.isDone(seen) }
            return due.map(\.waiter)
        }
        for waiter in due { waiter.resume() }
    }

    private static func seen(_ state: State) -> Seen {
        Seen(out: state.output[0], err: state.output[1], exit: state.closed == 2 ? state.exit : nil)
    }

    /// What it has written, and how it ended.
    var seen: Seen { state.withLock { Self.seen($0) } }

    /// Waits until it has written or done what is looked for. It fails, with all that it wrote, when it takes too long.
    @discardableResult
    func wait(_ limit: Duration = .seconds(40), until isDone: @escaping @Sendable (Seen) -> Bool) async throws -> Seen {
        do {
            try await withTimeout(limit) { [self] in
                await withCheckedContinuation { waiter in
                    let isOver = state.withLock { state in
                        if isDone(Self.seen(state)) { return true }
                        state.waiters.append((isDone, waiter))
                        return false
                    }
                    if isOver { waiter.resume() }
                }
            }
        } catch {
            throw Unexpected(seen: seen)
        }
        return seen
    }

    /// Waits for a line of its log.
    func logged(_ text: String) async throws {
        try await wait { $0.err.contains(text) || $0.exit != nil }
        if !seen.err.contains(text) { throw Unexpected(seen: seen) }
    }

    /// Waits for its end.
    @discardableResult
    func ended() async throws -> Seen { try await wait { $0.exit != nil } }

    /// Sends a signal, if it still runs.
    func signal(_ number: Int32) {
        state.withLock { if $0.exit == nil { _ = kill(pid, number) } }
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: String..., environment: [String: String] = [:], input: String? = nil
    ) async throws -> Seen {
        let child = try Child(arguments, environment: environment, input: input)
        defer { child.signal(SIGKILL) }
        return try await child.ended()
    }

    /// Where it answers HTTP, once it does: with the `/v1`.
    func gatewayURL() async throws -> String {
        try await logged("info Answering HTTP server=")
        let line = seen.err.split(separator: "Answering HTTP server=")[1]
        return String(line.prefix { !$0.isWhitespace })
    }

    /// Runs a Python program to its end.
    static func run(
        script: String, _ arguments: [String], python: URL, environment: [String: String] = [:],
        within limit: Duration = .seconds(40)
    ) async throws -> Seen {
        let child = try Child(["-c", script] + arguments, environment: environment, program: python)
        defer { child.signal(SIGKILL) }
        return try await child.wait(limit) { $0.exit != nil }
    }
}

/// A child did not do what was waited for.
struct Unexpected: Error, CustomStringConvertible {
    let seen: Child.Seen
    var description: String { "exit \(seen.exit.map(String.init) ?? "none")\nout: \(seen.out)\nerr: \(seen.err)" }
}

/// A configuration with the scripted provider.
func configuration(_ more: String = "") -> String {
    """
    {"default_provider": "scripted", "providers": {"scripted": {"rules": [
        {"pattern": "slow", "replies": ["slowly"], "delay": 3},
        {"pattern": "never", "replies": ["never"], "delay": 600},
        {"pattern": "quick", "replies": ["quickly"]}
    ]}}\(more)}
    """
}

/// Runs the body with the service on a server of its own, both gone afterwards.
func withService(
    _ text: String = configuration(), arguments: [String] = [], server: NATSTestServer? = nil,
    _ body: @escaping @Sendable (Child, NATSTestServer) async throws -> Void
) async throws {
    guard let server else {
        return try await withNATSServer { try await withService(text, arguments: arguments, server: $0, body) }
    }
    try await withTemporaryDirectory { directory in
        let file = directory.appending(path: "config.json")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let child = try Child(["serve", "--config", file.path, "--nats", server.url] + arguments)
        defer { child.signal(SIGKILL) }
        try await child.logged("info Ready")
        try await body(child, server)
    }
}

/// A client on the bus.
struct Client: Sendable {
    let connection: NATSConnection
    private let reconnects: AsyncStream<Void>

    static func with(_ server: NATSTestServer, _ body: (Client) async throws -> Void) async throws {
        var options = NATSOptions(servers: [server.url], name: "test")
        options.reconnectWait = .milliseconds(20)
        options.reconnectJitter = .milliseconds(10)
        let (reconnects, continuation) = AsyncStream.makeStream(of: Void.self)
        let connection = try await NATSConnection.connect(options) { event in
            if case .reconnected = event { continuation.yield() }
        }
        let client = Client(connection: connection, reconnects: reconnects)
        do {
            try await body(client)
            await client.connection.close()
        } catch {
            await client.connection.close()
            throw error
        }
    }

    /// Waits until the connection, once lost, is back.
    func reconnected() async throws {
        try await withTimeout { [reconnects] in
            for await _ in reconnects { return }
            throw TimedOut()
        }
    }

    /// Asks in a channel of its own.
    func send(_ id: Int, _ message: String) throws {
        let text = #"{"action":"chat","channel_id":"c\#(id)","message":"\#(message)","request_id":"\#(id)"}"#
        try connection.publish(Array(text.utf8), to: "llm.request")
    }

    /// Asks, and gives the one reply.
    func ask(_ message: String) async throws -> String? {
        let text = #"{"action":"complete","message":"\#(message)"}"#
        let reply = try await connection.request(Array(text.utf8), to: "llm.request", timeout: .seconds(30))
        return JSONValue.parse(reply.payload)?.object?["content"]?.string
    }

    /// Hears what is published on these subjects.
    func listen(_ subjects: String...) async throws -> Ear {
        let (stream, continuation) = AsyncStream.makeStream(of: [String: JSONValue].self)
        for subject in subjects {
            let subscription = try connection.subscribe(subject)
            Task {
                for await message in subscription {
                    continuation.yield(JSONValue.parse(message.payload)?.object ?? [:])
                }
            }
        }
        try await connection.flush(timeout: .seconds(5))
        return Ear(stream: stream)
    }
}

/// Answers and errors, as they come.
struct Ear: Sendable {
    let stream: AsyncStream<[String: JSONValue]>

    /// The next so many.
    func take(_ count: Int) async throws -> [[String: JSONValue]] {
        try await withTimeout(.seconds(40)) {
            var all: [[String: JSONValue]] = []
            for await fields in stream {
                all.append(fields)
                if all.count == count { break }
            }
            return all
        }
    }
}
