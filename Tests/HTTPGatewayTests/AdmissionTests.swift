import CoreTestSupport
import GatewayCore
import HTTPGateway
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("Gateway: what is said before a body is read", .timeLimit(.minutes(2)))
struct AdmissionTests {
    private static let keys = GatewaySettings().with {
        ($0.maxBodyBytes, $0.apiKeys, $0.allowedOrigins) = (2000, [Secret("one")], ["https://a.example"])
    }

    /// Sends a head that promises a body, and no body.
    private func ask(_ stage: Stage, _ line: String, _ headers: [String]) async throws -> String {
        let connection = try RawClient(port: stage.gateway.port)
        connection.send(([line + " HTTP/1.1"] + headers).joined(separator: "\r\n") + "\r\n\r\n")
        return await connection.read()
    }

    @Test(
        "Who is not let in is told so without having sent the body",
        arguments: [
            ("POST /v1/chat/completions", "X: y", "401", "invalid_api_key"),
            ("POST /v1/embeddings", "Authorization: Bearer two", "401", "invalid_api_key"),
            ("POST /v1/nothing", "Authorization: Bearer one", "404", "unknown_url"),
            ("POST /v1/models", "Authorization: Bearer one", "405", "method_not_supported"),
            ("POST /web/messages", "X: y", "401", "sign_in_needed"),
            ("POST /web/session", "Sec-Fetch-Site: cross-site", "403", "origin_not_allowed"),
        ])
    func refused(line: String, header: String, status: String, code: String) async throws {
        try await Stage.with(Self.keys) { stage in
            for framing in ["Content-Length: 2000", "Transfer-Encoding: chunked"] {
                let text = try await ask(stage, line, ["Host: x", header, framing, "Expect: 100-continue"])
                #expect(text.hasPrefix("HTTP/1.1 \(status) "))
                #expect(text.contains(#""code":"\#(code)""#))
                #expect(text.contains("Connection: close\r\n"))
            }
        }
    }

    @Test("Without keys the name that is asked for is looked at first")
    func host() async throws {
        try await Stage.with { stage in
            let text = try await ask(stage, "POST /v1/chat/completions", ["Host: evil.example", "Content-Length: 5"])
            #expect(text.hasPrefix("HTTP/1.1 403 "))
        }
    }

    @Test("A body that is too large is refused for the page that asked, counted, and not before the key was looked at")
    func tooLarge() async throws {
        try await Stage.with(Self.keys) { stage in
            let (line, origin) = ("POST /v1/chat/completions", "Origin: https://a.example")
            let long = ["Host: x", origin, "Content-Length: 2001", "Expect: 100-continue"]
            let stranger = try await ask(stage, line, long)
            #expect(stranger.hasPrefix("HTTP/1.1 401 "))
            #expect(stranger.contains("Access-Control-Allow-Origin: https://a.example\r\n"))
            let known = try await ask(stage, line, long + ["Authorization: Bearer one"])
            #expect(known.hasPrefix("HTTP/1.1 413 "))
            #expect(known.contains(#""code":"request_too_large""#))
            #expect(known.contains("Access-Control-Allow-Origin: https://a.example\r\n"))
            // One that does not say how long it is: told at its end.
            let connection = try RawClient(port: stage.gateway.port)
            connection.send(
                "\(line) HTTP/1.1\r\nHost: x\r\n\(origin)\r\nAuthorization: Bearer one\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n7d1\r\n\(String(repeating: "a", count: 2001))\r\n0\r\n\r\n")
            let chunked = await connection.read()
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
            #expect(chunked.contains("Access-Control-Allow-Origin: https://a.example\r\n"))
            let found = Exposition(
                try await stage.get("/metrics", headers: [("Authorization", "Bearer one")]).text)
            let route = #"{route="/v1/chat/completions",method="POST",status="4xx"}"#
            #expect(found["rosey_llm_http_requests_total\(route)"] == 3)
        }
    }

    @Test(
        "A NUL hides nothing",
        arguments: [
            ("GET /v1/models", "Authorization: Bearer one\0x"), ("GET /v1/models", "Authorization: Bearer one\0"),
            ("GET /healthz%00x", "X: y"), ("GET /healthz\0x", "X: y"), ("GET /v1/models", "X: \0\r\nY: y"),
        ])
    func hidden(line: String, header: String) async throws {
        try await Stage.with(Self.keys) { stage in
            let text = try await ask(stage, line, ["Host: x", header])
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(text.contains(#""code":"malformed_request""#))
        }
    }

    @Test("Who only asks how we do need not name a host", arguments: ["/healthz", "/readyz"])
    func probes(path: String) async throws {
        try await Stage.with { stage in
            for headers in ["", "Host: 10.0.0.7:8787\r\n"] {
                let connection = try RawClient(port: stage.gateway.port)
                connection.send("GET \(path) HTTP/1.0\r\n\(headers)\r\n")
                #expect(await connection.read().contains(" 200 "))
            }
            let other = try RawClient(port: stage.gateway.port)
            other.send("GET /v1/models HTTP/1.0\r\n\r\n")
            #expect(await other.read().contains(" 403 "))
        }
    }
}
