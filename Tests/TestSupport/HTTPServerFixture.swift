package import HTTPServing

/// Runs the body with a running server, which is stopped afterwards.
package func withHTTPServer<Value: Sendable>(
    _ options: HTTPServerOptions = HTTPServerOptions(), handler: @escaping HTTPServer.Handler,
    _ body: @Sendable (_ server: HTTPServer, _ url: String) async throws -> Value
) async throws -> Value {
    let server = try HTTPServer.start(options, handler: handler)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        do {
            let value = try await body(server, "http://127.0.0.1:\(server.port)")
            await server.stop()
            return value
        } catch {
            group.cancelAll()
            throw error
        }
    }
}
