internal import Foundation

/// Three real `nats-server` on the loopback that are one cluster, with JetStream.
package struct NATSTestCluster: Sendable {
    /// By the names that they have in the cluster.
    package let servers: [String: NATSTestServer]

    /// Where clients connect, in the order of the names.
    package var urls: [String] { servers.sorted { $0.key < $1.key }.map(\.value.url) }
}

/// Runs the body with three servers that have agreed on who leads them, and are gone afterwards, whatever the body does.
/// Which of them know already is not said: the first that they are asked may fail.
package func withNATSCluster<Value>(
    _ program: String = "nats-server", _ body: (NATSTestCluster) async throws -> Value
) async throws -> Value {
    try await withTemporaryDirectory { directory in
        let ports = freePorts(3)
        let routes = ports.map { "nats://127.0.0.1:\($0)" }
        var servers: [String: NATSTestServer] = [:]
        let result: Result<Value, any Error>
        do {
            for (number, route) in routes.enumerated() {
                let name = "n\(number + 1)"
                servers[name] = try await NATSTestServer.start(
                    program, directory: directory,
                    arguments: [
                        "-n", name, "--cluster_name", "test", "--cluster", route, "--routes",
                        routes.joined(separator: ","),
                        "-js", "-sd", directory.appending(path: name).path,
                    ])
            }
            // One that came late may learn it without a word.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for server in servers.values {
                    group.addTask { try await server.writes("metadata leader") }
                }
                try await group.next()
                group.cancelAll()
            }
            result = .success(try await body(NATSTestCluster(servers: servers)))
        } catch {
            result = .failure(error)
        }
        for server in servers.values { await server.kill() }
        return try result.get()
    }
}
