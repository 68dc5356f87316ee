import ServiceRuntime
import Testing

@Suite struct SecretTests {
    private static let key = "sk-verysecret"

    private struct Settings {
        var name = "openai"
        var key: Secret
        var spare: Secret?
        var more: [String: Secret]
    }

    private var settings: Settings {
        let secret = Secret(Self.key)
        return Settings(key: secret, spare: secret, more: ["x": secret])
    }

    @Test func itCanBeUsed() {
        #expect(Secret(Self.key).revealed == Self.key)
        #expect(Secret(Self.key) == Secret(Self.key))
        #expect(Secret(Self.key) != Secret("another"))
        #expect(!Secret(Self.key).isEmpty)
        #expect(Secret("").isEmpty)
    }

    @Test func itSaysThatItIsOne() {
        let secret = Secret(Self.key)
        #expect(secret.description == "<redacted>")
        #expect(secret.debugDescription == "<redacted>")
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(Mirror(reflecting: secret).descendant("text") == nil)
    }

    @Test func nobodyCanPrintIt() {
        var dumped = ""
        dump(Secret(Self.key), to: &dumped)
        dump(settings, to: &dumped)
        dump([Secret(Self.key)], to: &dumped)
        #expect(dumped.contains("openai"))
        #expect(!dumped.contains("verysecret"))
        for text in [
            "\(settings)", String(describing: settings), String(reflecting: settings), "\(settings.spare as Any)",
            String(reflecting: settings.more), "\([settings.key])", "\(Set([settings.key]))",
        ] {
            #expect(text.contains("<redacted>"))
            #expect(!text.contains("verysecret"))
        }
    }

    @Test func anErrorThatHoldsItDoesNotTellItEither() {
        struct Failure: Error { let key: Secret }
        let error: any Error = Failure(key: Secret(Self.key))
        #expect(!"\(error)".contains("verysecret"))
        #expect(!String(reflecting: error).contains("verysecret"))
    }
}
