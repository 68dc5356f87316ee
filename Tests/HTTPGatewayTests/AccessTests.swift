import GatewayCore
import HTTPGateway
import HTTPServing
import JSON
import NATSClient
import ServiceRuntime
import Settings
import TestSupport
import Testing

@Suite("Gateway: who is let in", .timeLimit(.minutes(2)))
struct AccessTests {
    @Test(
        "Keys",
        arguments: [
            ("Bearer one", 200), ("bearer two", 200), ("Bearer  two", 200), ("Bearer three", 401), ("Bearer ", 401),
            ("Bearer onee", 401), ("Basic one", 401), ("one", 401), (nil, 401),
        ] as [(String?, Int)])
    func keys(header: String?, status: Int) async throws {
        let settings = GatewaySettings().with { $0.apiKeys = [Secret("one"), Secret("two")] }
        try await Stage.with(settings) { stage in
            let headers = header.map { [(name: "Authorization", value: $0)] } ?? []
            let got = try await stage.get("/v1/models", headers: headers)
            #expect(got.status == status)
            if status == 401 {
                #expect(got["error", "code"] == .string("invalid_api_key"))
                #expect(!got.text.contains("three"))
            }
            // Who watches needs none.
            #expect(try await stage.get("/healthz").status == 200)
        }
    }

    @Test("Without keys only this machine is let in")
    func loopbackOnly() async throws {
        try await withNATSServer { nats in
            let connection = try await NATSConnection.connect(NATSOptions(servers: [nats.url]), onEvent: { _ in })
            for host in ["0.0.0.0", "::", "192.0.2.1"] {
                let error = #expect(throws: HTTPServingError.self) {
                    try HTTPGateway.start(GatewaySettings().with { ($0.host, $0.port) = (host, 0) }, on: connection)
                }
                #expect(error?.code == .notAllowed)
            }
            await connection.close()
        }
    }

    @Test(
        "Without keys it answers to its own names only",
        arguments: [
            ("localhost", "200"), ("localhost:8787", "200"), ("127.0.0.1:1", "200"), ("[::1]:8787", "200"),
            ("LOCALHOST", "200"), ("evil.example.org", "403"), ("127.0.0.1.evil.example.org", "403"),
            ("localhost.evil.example.org", "403"), ("192.0.2.1", "403"),
        ])
    func rebinding(host: String, status: String) async throws {
        try await Stage.with { stage in
            let got = try await stage.raw("GET", "/v1/models", host: host)
            #expect(got.status == status)
        }
    }

    @Test("Other pages may ask where they are allowed to")
    func crossOrigin() async throws {
        let settings = GatewaySettings().with { $0.allowedOrigins = ["https://chat.example.org"] }
        try await Stage.with(settings) { stage in
            let good = ["Origin: https://chat.example.org"]
            let preflight = try await stage.raw(
                "OPTIONS", "/v1/chat/completions",
                headers: good + ["Access-Control-Request-Headers: authorization,x-stainless-lang"])
            #expect(preflight.status == "204")
            #expect(preflight.text.contains("Access-Control-Allow-Origin: https://chat.example.org\r\n"))
            #expect(preflight.text.contains("Access-Control-Allow-Methods: POST\r\n"))
            #expect(preflight.text.contains("x-stainless-lang"))
            let asked = try await stage.raw("GET", "/v1/models", headers: good)
            #expect(asked.status == "200")
            #expect(asked.text.contains("Access-Control-Allow-Origin: https://chat.example.org\r\n"))
            // The test's requests name the host `localhost`: an origin that only begins so is another one.
            for origin in [
                "https://evil.example.org", "null", "https://chat.example.org.evil",
                "http://localhost.evil.example.org",
                "http://localhost:8788", "http://localhost@evil.example.org", "https://localhost/",
            ] {
                let refused = try await stage.raw("GET", "/v1/models", headers: ["Origin: \(origin)"])
                #expect(refused.status == "403")
                #expect(!refused.text.contains("Access-Control-Allow-Origin"))
            }
            // Its own page.
            let own = try await stage.raw("GET", "/v1/models", headers: ["Origin: http://localhost"])
            #expect(own.status == "200")
            #expect(!own.text.contains("Access-Control-Allow-Origin"))
        }
    }

    @Test("A failure, too, is told to the page that may ask")
    func crossOriginFailure() async throws {
        let settings = GatewaySettings().with { ($0.apiKeys, $0.allowedOrigins) = ([Secret("k")], ["*"]) }
        try await Stage.with(settings) { stage in
            let refused = try await stage.raw("GET", "/v1/models", headers: ["Origin: https://a.example"])
            #expect(refused.status == "401")
            #expect(refused.text.contains("Access-Control-Allow-Origin: https://a.example\r\n"))
        }
    }

    @Test(
        "Paths, methods and types that are none",
        arguments: [
            ("GET", "/index.html", "404", "unknown_url"), ("GET", "/v1", "404", "unknown_url"),
            ("GET", "/v1/../healthz", "404", "unknown_url"), ("GET", "/v1/%2e%2e/healthz", "404", "unknown_url"),
            ("GET", "//healthz", "404", "unknown_url"), ("GET", "/healthz/", "404", "unknown_url"),
            ("GET", "/v1/models/", "404", "unknown_url"), ("GET", "/v1/models/..%2f..%2fetc", "404", "model_not_found"),
            ("GET", "/v1/chat/completions", "405", "method_not_supported"),
            ("DELETE", "/v1/models", "405", "method_not_supported"),
            ("BREW", "/healthz", "405", "method_not_supported"), ("POST", "/", "405", "method_not_supported"),
            ("GET", "/web", "404", "unknown_url"), ("GET", "/web/../chat.js", "404", "unknown_url"),
            ("GET", "/web/messages", "405", "method_not_supported"),
        ])
    func wrongDoors(method: String, path: String, status: String, code: String) async throws {
        try await Stage.with { stage in
            let got = try await stage.raw(method, path)
            #expect(got.status == status)
            #expect(got.text.contains(#""code":"\#(code)""#))
            if status == "405" { #expect(got.text.contains("Allow: ")) }
        }
    }

    @Test(
        "Bodies that are none",
        arguments: [
            ("text/plain", "{}", 415), ("", "{}", 415), ("application/json", "", 400), ("application/json", "[]", 400),
            ("application/json", "{\"a\":", 400), ("application/json; charset=utf-8", "{}", 400),
            ("application/json", "\u{FFFF}", 400),
        ])
    func wrongBodies(type: String, body: String, status: Int) async throws {
        try await Stage.with { stage in
            let got = try await stage.post(
                "/v1/chat/completions", body, headers: [(name: "Content-Type", value: type)])
            #expect(got.status == status)
            #expect(got["error", "type"] == .string("invalid_request_error"))
        }
    }
}
