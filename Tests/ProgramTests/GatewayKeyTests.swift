import HTTPTransport
import TestSupport
import Testing

/// What an operator learns of keys at the gateway.
@Suite struct GatewayKeyTests {
    @Test("Wrong keys and sign-ins are logged without the key, not each time, and counted", .timeLimit(.minutes(1)))
    func keys() async throws {
        let gateway = #", "gateway": {"enabled": true, "port": 0, "api_keys": ["right-key"]}"#
        try await withService(configuration(gateway)) { service, _ in
            let url = try await service.gatewayURL()
            let http = HTTPClient()
            for _ in 0..<3 {
                let wrong = HTTPRequest(.get, url + "/models", headers: [("Authorization", "Bearer wrong-key")])
                #expect(try await http.send(wrong).status == 401)
            }
            // None at all is no guess.
            #expect(try await http.send(HTTPRequest(.get, url + "/models")).status == 401)
            for (key, status) in [("wrong-key", 401), ("right-key", 200)] {
                let signIn = HTTPRequest(
                    .post, url.replacing("/v1", with: "/web/session"), headers: [("Content-Type", "application/json")],
                    body: Array(#"{"key":"\#(key)"}"#.utf8))
                #expect(try await http.send(signIn).status == status)
            }
            let metrics = try await http.send(
                HTTPRequest(
                    .get, url.replacing("/v1", with: "/metrics"), headers: [("Authorization", "Bearer right-key")]))
            let text = String(decoding: metrics.body, as: UTF8.self)
            #expect(text.contains("rosey_llm_http_wrong_keys_total 4\n"))
            #expect(text.contains("rosey_llm_http_sign_ins_total 1\n"))
            try await service.logged("info Somebody signed in to the page client=127.0.0.1")
            let log = service.seen.err
            let warning = "warning A key was shown that the gateway does not know client=127.0.0.1"
            #expect(log.split(separator: warning).count == 2, "\(log)")
            #expect(!log.contains("wrong-key") && !log.contains("right-key"))
            await http.shutDown()
        }
    }
}
