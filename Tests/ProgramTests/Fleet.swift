import Foundation
import JSON
import NATSClient
import Synchronization
import TestSupport

/// Several instances of the program on one bus, each of which puts its own name into its answers.
final class Fleet: Sendable {
    /// In the order of their start: the first is the one that receives what comes in.
    private let children = Mutex<[Child]>([])
    private let urls: String
    private let directory: URL
    private let replicas: Int

    private init(_ urls: [String], in directory: URL) {
        (self.urls, self.directory, replicas) = (urls.joined(separator: ","), directory, urls.count)
    }

    /// Runs the body with three instances that know each other.
    static func with(
        _ servers: [NATSTestServer], _ body: (Fleet, Client) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let fleet = Fleet(servers.map(\.url), in: directory)
            defer { for child in fleet.children.withLock({ $0 }) { child.signal(SIGKILL) } }
            try await Client.with(servers[servers.count - 1]) { client in
                for _ in 0..<3 { try await fleet.join() }
                try await fleet.isComplete(3, client)
                try await body(fleet, client)
            }
        }
    }

    subscript(number: Int) -> Child { children.withLock { $0[number] } }

    /// Starts one more.
    func join() async throws {
        let number = children.withLock { $0.count }
        let file = directory.appending(path: "config\(number).json")
        let text = """
            {"default_provider": "scripted", "context": {"summarize_after": 0}, "state": {"replicas": \(replicas)},
             "service": {"max_queue_per_channel": 1000}, "jobs": {"enabled": false},
             "providers": {"scripted": {"rules": [{"pattern": "*", "replies": ["\(number) $1"], "delay": 0.05}]}}}
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        let child = try Child(["serve", "--config", file.path, "--nats", urls])
        children.withLock { $0.append(child) }
        try await child.logged("info Ready")
        try await child.logged("info Conversations are kept")
    }

    /// Waits until there are so many, and all know that.
    func isComplete(_ count: Int, _ client: Client) async throws {
        try await eventually {
            let status = try? await client.connection.request(
                Array(#"{"action":"status"}"#.utf8), to: "llm.request", timeout: .seconds(2))
            guard let status, case .array(let instances)? = JSONValue.parse(status.payload)?.object?["instances"] else {
                return false
            }
            return instances.count == count
        }
    }

    /// Ends all that are left, in order.
    func end() async throws -> [Child.Seen] {
        let running = children.withLock { $0 }.filter { $0.seen.exit == nil }
        for child in running { child.signal(SIGTERM) }
        var seen: [Child.Seen] = []
        for child in running { seen.append(try await child.ended()) }
        return seen
    }
}
