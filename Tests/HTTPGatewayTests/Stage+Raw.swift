import GatewayCore
import HTTPGateway
import TestSupport

extension Stage {
    /// Sends one request, head and body, and gives all that comes back: its status, and the whole.
    func raw(
        _ method: String, _ path: String, headers: [String] = [], body: String = "", host: String? = "localhost"
    ) async throws -> (status: String, text: String) {
        let connection = try RawClient(port: gateway.port)
        var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"] + headers
        if let host { lines.append("Host: \(host)") }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let text = await connection.read()
        return (text.split(separator: " ").dropFirst().first.map(String.init) ?? "", text)
    }
}
