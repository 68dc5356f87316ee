import Dispatch
import Foundation
import HTTPTransport
import LanguageModels
import ServiceRuntime
import TestSupport

/// A program of Python's that answers on a port of the loopback, started by a test and gone after it.
struct Upstream: Sendable {
    /// Where it answers, without a path.
    let base: String
    private let child: ChildProcess
    private let logFile: URL

    /// A client of the tests' own: what they leave open goes with it.
    static let client = HTTPClient()

    /// The top of the package.
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Python that `deploy/upstreams` has made, by its name.
    static func python(_ name: String) -> String {
        package.appending(path: ".build/upstreams/\(name)/bin/python").path
    }

    /// Whether a Python is there and has these packages.
    static func has(_ python: String, _ packages: String...) -> Bool {
        let names = packages.map { "'\($0)'" }.joined(separator: ", ")
        let program = "from importlib.util import find_spec; assert all(find_spec(name) for name in [\(names)])"
        return FileManager.default.isExecutableFile(atPath: python) && (try? end(python, ["-c", program])) != nil
    }

    /// Runs a program of Python's that stands beside the tests, to its end, without holding a thread that tasks need.
    static func run(_ python: String, script: String, _ arguments: String...) async throws {
        let file = package.appending(path: "Tests/UpstreamTests/Resources").appending(path: script)
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "upstream.python").async {
                continuation.resume(with: Result { try end(python, [file.path] + arguments) })
            }
        }
    }

    private static func end(_ python: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw UpstreamFailure(description: "\(arguments.first ?? ""): \(String(decoding: said, as: UTF8.self))")
        }
    }

    /// Runs the body with the program, once a provider says that it is there; it is ended whatever the body does, and by
    /// the kernel should the tests be killed.
    ///
    /// - Parameters:
    ///   - arguments: of Python, for the port on which it is to listen.
    ///   - environment: all there is but `PATH` and `HOME`, so that nobody's keys and settings are in it.
    ///   - provider: whose ``Provider/isAvailable()`` tells that it answers.
    static func with<Value>(
        _ python: String, environment: [String: String] = [:], arguments: (_ port: Int) -> [String],
        provider: (_ base: String) -> OpenAIProvider, _ body: (Upstream) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryDirectory { directory in
            let port = try RawServer.closedPort()
            let logFile = directory.appending(path: "log")
            var all = ["PATH": "/usr/bin:/bin", "HOME": directory.path, "PYTHONUNBUFFERED": "1"]
            all.merge(environment) { $1 }
            // It becomes Python itself, in a folder where no settings lie about.
            let shell = #"cd "$HOME" && exec "$@" >log 2>&1"#
            let child = try ChildProcess.start(
                "/usr/bin/env",
                ["-i"] + all.map { "\($0)=\($1)" } + ["/bin/sh", "-c", shell, "sh", python] + arguments(port))
            let upstream = Upstream(base: "http://127.0.0.1:\(port)", child: child, logFile: logFile)
            do {
                let provider = provider(upstream.base)
                try await upstream.wait(for: "an answer") { await provider.isAvailable() }
                let value = try await body(upstream)
                await child.stop()
                return value
            } catch {
                await child.stop()
                throw error
            }
        }
    }

    /// What it has written so far.
    var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }

    /// Waits until it has written that.
    func logged(_ text: String) async throws {
        try await wait(for: "\"\(text)\" in the log") { log.contains(text) }
    }

    /// Kills it, as a machine's lack of memory does.
    func kill() { _ = Glibc.kill(child.id, SIGKILL) }

    /// Looks until it is so; gives up after two minutes (these programs are slow to start), or when the program ends.
    private func wait(for what: String, _ isSo: @escaping @Sendable () async -> Bool) async throws {
        do {
            try await eventually(.seconds(120)) { [child] in
                if await isSo() { return true }
                guard child.isRunning else { throw TimedOut() }
                return false
            }
        } catch is TimedOut {
            throw UpstreamFailure(description: "waited in vain for \(what): \(log.suffix(4000))")
        }
    }
}

/// Why an upstream cannot be tested.
struct UpstreamFailure: Error, CustomStringConvertible {
    let description: String
}
