import Dispatch
import Foundation
import TestSupport

/// A Python that has nats-py.
enum Python {
    /// The one that `deploy/test` installs, or the system's; nil where neither can import nats-py.
    static let path: String? = {
        let own = Readme.root.appending(path: ".build/python/bin/python").path
        return [[own], ["/usr/bin/env", "python3"]].first { command in
            (try? run(command + ["-c", "import nats"], environment: [:]))?.status == 0
        }?.joined(separator: " ")
    }()

    /// Whether it has Synadia's package for those who prompt agents.
    static let hasAgents =
        path.map { path in
            let command = path.split(separator: " ").map(String.init)
            return (try? run(command + ["-c", "import synadia_ai.agents"], environment: [:]))?.status == 0
        } ?? false

    /// Whether it has openai too.
    static let hasOpenAI: Bool = {
        let command = (path ?? "").split(separator: " ").map(String.init)
        return !command.isEmpty && (try? run(command + ["-c", "import openai"], environment: [:]))?.status == 0
    }()

    /// Runs a program to its end, without holding a thread that tasks need.
    static func run(program: String, environment: [String: String]) async throws -> Ended {
        let command = (path ?? "").split(separator: " ").map(String.init)
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "readme.python").async {
                continuation.resume(with: Result { try run(command + ["-c", program], environment: environment) })
            }
        }
    }

    /// What became of a program.
    struct Ended: Sendable {
        let status: Int32
        let output: String
    }

    private static func run(_ command: [String], environment: [String: String]) throws -> Ended {
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.allData()
        process.waitUntilExit()
        return Ended(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
