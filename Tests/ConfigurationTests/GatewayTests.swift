import Configuration
import GatewayCore
import ServiceRuntime
import Testing

@Suite struct GatewayTests {
    private func read(_ fields: String, _ environment: [String: String] = [:]) throws -> GatewaySettings {
        try load(#"{"gateway": {\#(fields)}}"#, environment: environment).configuration.gateway
    }

    @Test func defaults() throws { #expect(try read("") == GatewaySettings()) }

    @Test func all() throws {
        try withFile("three\n\n four \n") { path throws in
            let gateway = try read(
                #"""
                "enabled": true, "host": "0.0.0.0", "port": 80, "max_body": 2048, "max_connections": 5,
                "request_timeout": 7.5, "api_keys": ["one", "${TWO}"], "api_keys_file": "\#(path)",
                "allowed_origins": ["https://a.example", "http://localhost:3000", "*"],
                "model_aliases": {"gpt-4": "ollama/${MODEL}"}
                """#, ["TWO": "two", "MODEL": "llama3.2"])
            #expect(gateway.isEnabled && gateway.host == "0.0.0.0" && gateway.port == 80)
            #expect(gateway.maxBodyBytes == 2048 && gateway.maxConnections == 5)
            #expect(gateway.requestTimeout == .seconds(7.5))
            #expect(gateway.apiKeys.map(\.revealed) == ["one", "two", "three", "four"])
            #expect(gateway.allowedOrigins == ["https://a.example", "http://localhost:3000", "*"])
            #expect(gateway.modelAliases == ["gpt-4": "ollama/llama3.2"])
        }
    }

    @Test(arguments: ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
    func loopbackNeedsNoKeys(host: String) throws { #expect(try read(#""host": "\#(host)""#).host == host) }

    @Test(arguments: [
        (
            #""host": "0.0.0.0""#,
            #"gateway.host: without gateway.api_keys only this machine may be let in (127.0.0.1, ::1 or localhost), got "0.0.0.0""#
        ),
        // Keys that come to nothing are none.
        (
            #""host": "::", "api_keys": ["${NONE}", ""]"#,
            #"gateway.host: without gateway.api_keys only this machine may be let in (127.0.0.1, ::1 or localhost), got "::""#
        ),
        (#""port": 70000"#, "gateway.port: expected a whole number from 0 to 65535, got 70000"),
        (
            #""api_keys": ["a b"]"#,
            "gateway.api_keys[0]: expected a key without spaces and line breaks, got another text"
        ),
        (
            #""allowed_origins": ["chat.example.org"]"#,
            #"gateway.allowed_origins[0]: expected an origin such as https://chat.example.org, or *, got "chat.example.org""#
        ),
        (
            #""allowed_origins": ["https://a.example/path"]"#,
            #"gateway.allowed_origins[0]: expected an origin such as https://chat.example.org, or *, got "https://a.example/path""#
        ),
        (#""model_aliases": {"a": 5}"#, "gateway.model_aliases.a: expected a model's name, got 5"),
    ])
    func wrong(fields: String, fault: String) throws {
        #expect(try faults(#"{"gateway": {\#(fields)}}"#, environment: ["NONE": ""]) == [fault])
    }
}
