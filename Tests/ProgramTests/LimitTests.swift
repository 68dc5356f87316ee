import Foundation
import JSON
import NATSClient
import TestSupport
import Testing

@Suite("Limits of the program")
struct LimitTests {
    private static let configuration = """
        {"default_provider": "scripted", "providers": {"scripted": {"rules": [{"pattern": "*", "replies": ["re $1"]}]}},
         "rate_limits": {"requests_per_minute": 0, "requests_per_hour": 2, "tokens_per_day": 0},
         "limits": {"plugins": {"requests_per_day": 1}, "exempt": ["root"]},
         "chat": {"admins": ["root"], "permissions": {"reset": "admins"}}}
        """

    /// Types after `!chat`, and gives the answer or the error.
    private static func type(_ words: String, as user: String, _ client: Client) async throws -> String {
        try await ask("rosey.command.chat", client) { writer in
            writer.field("args", words)
            writer.field("channel_id", "lobby")
            writer.field("username", user)
        }
    }

    private static func ask(
        _ subject: String, _ client: Client, _ fields: (inout JSONWriter) -> Void
    ) async throws -> String {
        let message = try await client.connection.request(
            JSONWriter.object(fields), to: subject, timeout: .seconds(20))
        let object = JSONValue.parse(message.payload)?.object
        return object?["content"]?.string ?? object?["error"]?.string ?? ""
    }

    @Test("are what the configuration says, and hold after the program was killed")
    func survive() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "config.json")
                try Self.configuration.write(to: file, atomically: true, encoding: .utf8)
                try await Client.with(server) { client in
                    let limit = "Rate limit: 2 requests/hour (resets in 60 minutes)"
                    let first = try Child(["serve", "--config", file.path, "--nats", server.url])
                    try await first.logged("info Conversations are kept")
                    for _ in 0..<2 { #expect(try await Self.type("hi", as: "alice", client) == "re hi") }
                    first.signal(SIGKILL)
                    try await first.ended()

                    let second = try Child(["serve", "--config", file.path, "--nats", server.url])
                    try await second.logged("info Conversations are kept")
                    let refused = try await Self.type("hi", as: "alice", client)
                    #expect(refused == limit)
                    for _ in 0..<3 { #expect(try await Self.type("hi", as: "root", client) == "re hi") }
                    let usage = try await Self.type("usage", as: "alice", client)
                    // The old plugin's number for what the section leaves out.
                    #expect(usage.hasSuffix("Left: 0 requests this hour, 498 today."), "\(usage)")
                    #expect(
                        try await Self.type("reset", as: "alice", client)
                            == "Only admins may reset the conversation here.")
                    let complete = { @Sendable in
                        try await Self.ask("llm.request", client) { writer in
                            writer.field("action", "complete")
                            writer.field("message", "hi")
                        }
                    }
                    #expect(try await complete() == "re hi")
                    #expect(
                        try await complete() == "Rate limit: 1 requests/day for plugins (resets in 24 hours)")
                    second.signal(SIGTERM)
                    #expect(try await second.ended().exit == 0)
                }
            }
        }
    }
}
