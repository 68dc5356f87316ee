import Dispatch
import Foundation
import TestSupport

/// Pythons with what the examples use.
enum Python {
    static let nats = foreignPython(with: "nats")
    static let agents = foreignPython(with: "nats, synadia_ai.agents")
    static let openAI = foreignPython(with: "openai")

    /// Runs a program to its end, without holding a thread that tasks need.
    static func run(_ python: URL, program: String, environment: [String: String]) async throws -> Ended {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "documentation.python").async {
                continuation.resume(with: Result { try run(python, ["-c", program], environment: environment) })
            }
        }
    }

    /// What became of a program.
    struct Ended: Sendable {
        let status: Int32
        let output: String
    }

    private static func run(_ python: URL, _ arguments: [String], environment: [String: String]) throws -> Ended {
        let process = Process()
        process.executableURL = python
        process.arguments = arguments
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
