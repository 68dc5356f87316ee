import Foundation
import HTTPTransport
import Testing

/// Runs the body with a client, which is shut down afterwards.
func withClient<Value>(
    _ client: HTTPClient = HTTPClient(maxConnections: 2048), _ body: (HTTPClient) async throws -> Value
) async throws -> Value {
    do {
        let value = try await body(client)
        await client.shutDown()
        return value
    } catch {
        await client.shutDown()
        throw error
    }
}

extension HTTPClient {
    /// The error that a request ends with; nil when there is an answer.
    func failure(_ request: HTTPRequest) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await send(request)
            return nil
        } catch { return error }
    }
}

extension HTTPTimeouts {
    /// None at all.
    static let none = HTTPTimeouts(connect: nil, firstByte: nil, idle: nil, total: nil)
}
