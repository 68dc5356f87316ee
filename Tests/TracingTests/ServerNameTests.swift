@testable import LanguageModels
import Testing

/// Where a provider is, by its URL.
@Suite struct ServerNameTests {
    @Test(
        arguments: [
            ("http://localhost:11434", "localhost", 11434), ("https://api.openai.com/v1", "api.openai.com", 443),
            ("http://10.0.0.1/", "10.0.0.1", 80), ("http://[::1]:8080/v1", "::1", 8080), ("https://[::1]", "::1", 443),
            ("https://user:pass@host:1?x=@y", "host", 1), ("http://host:0", "host", nil),
            ("http://host:x", "host", nil),
        ] as [(String, String, Int?)])
    func named(url: String, host: String, port: Int?) {
        let name = ServerName(url)
        #expect(name.host == host)
        #expect(name.port == port)
    }
}
