@testable import GatewayCore
import Testing

@Suite struct ConstantTimeTests {
    @Test(arguments: [
        ("secret", "secret", true), ("secret", "secres", false), ("secret", "secre", false), ("secre", "secret", false),
        ("", "secret", false), ("secretsecret", "secret", false), ("", "", false), ("xecret", "secret", false),
    ])
    func sameness(given: String, key: String, isSame: Bool) {
        #expect(BearerKeys.isSame(Array(given.utf8), Array(key.utf8)) == isSame)
    }
}
