internal import Foundation
internal import Synchronization

/// A real `nats-server` on a free port of the loopback, in a temporary directory.
package final class NATSTestServer: Sendable {
    private let directory: URL
    private let program: String
    private let state: Mutex<(child: TestProcess, port: Int, arguments: [String])>

    /// The newer server that `deploy/test` installs beside the system's; nil where it could not.
    package static let newer: String? = {
        let path = foreignFolder.appending(path: "nats-server").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    private init(directory: URL, program: String, arguments: [String], child: TestProcess, port: Int) {
        (self.directory, self.program) = (directory, program)
        state = Mutex((child, port, arguments))
    }

    static func start(
        _ program: String, directory: URL, arguments: [String]
    ) async throws -> NATSTestServer {
        var failure: any Error = TestServerFailure(description: "no port")
        for _ in 0..<5 {
            do {
                // Not one that the system gives out: it could be another's when the server is to have it again. Another
                // test may have taken it just now.
                let (child, port) = try await launch(program, arguments, port: Int(freePorts(1)[0]))
                return NATSTestServer(
                    directory: directory, program: program, arguments: arguments, child: child, port: port)
            } catch { failure = error }
        }
        throw failure
    }

    /// The port; the same after ``restart()``.
    package var port: Int { state.withLock { $0.port } }
    /// Where clients connect.
    package var url: String { "nats://127.0.0.1:\(port)" }

    /// Ends it in good order and waits until it is gone.
    package func stop() async { await child.end(SIGTERM) }

    /// Kills it and waits until it is gone.
    package func kill() async { await child.end(SIGKILL) }

    /// Starts it again on the same port, after ``stop()`` or ``kill()``.
    /// - Parameter more: further arguments from now on.
    package func restart(adding more: [String] = []) async throws {
        let arguments = state.withLock { state in
            state.arguments += more
            return state.arguments
        }
        let (child, _) = try await Self.launch(program, arguments, port: port)
        state.withLock { $0.child = child }
    }

    /// Starts it again with JetStream, stored in its directory.
    package func restartWithJetStream() async throws {
        try await restart(adding: ["-js", "-sd", directory.appending(path: "jetstream").path])
    }

    /// Whether this process can keep a directory from being written, as ``whileReadOnly(_:)`` does: it takes root, and a file
    /// system that knows it.
    package static func canBeReadOnly() async -> Bool {
        do {
            try await withTemporaryDirectory { directory in
                for sign in ["+i", "-i"] { try await TestProcess.run(["chattr", "-R", sign, directory.path]) }
            }
            return true
        } catch { return false }
    }

    /// Keeps everybody, root and those who have files open too, from writing where it stores, while the body runs.
    package func whileReadOnly(_ body: () async throws -> Void) async throws {
        let store = directory.appending(path: "jetstream").path
        try await TestProcess.run(["chattr", "-R", "+i", store])
        let result = await Result { try await body() }
        try await TestProcess.run(["chattr", "-R", "-i", store])
        try result.get()
    }

    /// Waits until it writes a line with that text, since it is ready or the last such line.
    package func writes(_ text: String) async throws {
        try await withTimeout { [child] in
            for await line in child.lines where line.contains(text) { return }
            throw TestServerFailure(description: "nats-server did not write \"\(text)\": \(child.log)")
        }
    }

    /// Holds it: it neither reads nor answers, and its connections stay.
    package func pause() { child.hold() }

    /// Lets it go on.
    package func resume() { child.signal(SIGCONT) }

    private var child: TestProcess { state.withLock { $0.child } }

    private static func launch(
        _ program: String, _ arguments: [String], port: Int
    ) async throws -> (TestProcess, port: Int) {
        let child = try TestProcess([program, "-a", "127.0.0.1", "-p", "\(port)"] + arguments)
        var found: Int?
        for await line in child.lines {
            if let range = line.range(of: "Listening for client connections on 127.0.0.1:") {
                found = Int(line[range.upperBound...].prefix { $0.isNumber })
            }
            if line.contains("Server is ready"), let found { return (child, found) }
        }
        await child.end(SIGKILL)
        throw TestServerFailure(description: "nats-server did not start: \(child.log)")
    }
}

/// Why a test's server did not start.
package struct TestServerFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Runs the body with a real `nats-server`, which is gone afterwards, whatever the body does.
/// - Parameters:
///   - program: the server.
///   - jetStream: with JetStream, stored in a temporary directory.
///   - configuration: the text of a configuration file.
///   - arguments: further ones of the command line.
package func withNATSServer<Value>(
    _ program: String = "nats-server", jetStream: Bool = false, configuration: String? = nil, arguments: [String] = [],
    _ body: (NATSTestServer) async throws -> Value
) async throws -> Value {
    try await withTemporaryDirectory { directory in
        var arguments = arguments
        if jetStream { arguments += ["-js", "-sd", directory.appending(path: "jetstream").path] }
        if let configuration {
            let file = directory.appending(path: "server.conf")
            try configuration.write(to: file, atomically: true, encoding: .utf8)
            arguments += ["-c", file.path]
        }
        let server = try await NATSTestServer.start(program, directory: directory, arguments: arguments)
        do {
            let value = try await body(server)
            await server.kill()
            return value
        } catch {
            await server.kill()
            throw error
        }
    }
}
