import Eliza
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import Settings
import TestSupport

/// Runs the body with the real service, on a real server; its provider is the scripted one.
func withService<Value: Sendable>(
    _ body: @escaping @Sendable (_ connection: NATSConnection, _ url: String) async throws -> Value
) async throws -> Value {
    try await withNATSServer { server in
        let url = server.url
        let connection = try await NATSConnection.connect(
            NATSOptions(servers: [url], name: "documentation"), onEvent: { _ in })
        let service = LLMService(provider: ScriptedProvider(smallTalk: Eliza.answer))
        let plugin = try NATSPlugin(
            service, on: connection,
            settings: PluginSettings(agent: AgentSettings().with { $0.owner = "crew" }), log: .silent)
        await plugin.started()
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await plugin.run() }
            let result: Result<Value, any Error>
            do {
                try await connection.flush(timeout: .seconds(10))
                result = .success(try await withTimeout { try await body(connection, url) })
            } catch {
                result = .failure(error)
            }
            await plugin.drain()
            return result
        }
        await connection.close()
        return try result.get()
    }
}
