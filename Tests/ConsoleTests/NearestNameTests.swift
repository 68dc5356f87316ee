import ServiceRuntime
import Testing

@Suite struct NearestNameTests {
    private static let names = ["serve", "chat", "check", "max_context_messages", "Pirate"]

    @Test(
        arguments: [
            ("serv", "serve"), ("sevre", "serve"), ("SERVE", "serve"), ("chta", "chat"), ("chekc", "check"),
            ("max-context-messages", "max_context_messages"), ("max_contxt_mesages", "max_context_messages"),
            ("pirat", "Pirate"), ("x", nil), ("", nil), ("reload", nil),
        ] as [(String, String?)])
    func finds(name: String, nearest: String?) { #expect(NearestName.find(name, among: Self.names) == nearest) }

    @Test func ofTwoEquallyNearTheFirstInTheAlphabet() {
        #expect(NearestName.find("bat", among: ["cat", "rat", "hat"]) == "cat")
    }

    @Test func noNamesNoHint() {
        #expect(NearestName.hint(for: "a", among: []) == "")
        #expect(NearestName.hint(for: "nme", among: ["name"]) == " (did you mean \"name\"?)")
    }

    @Test func aVeryLongNameCostsNothing() {
        #expect(NearestName.find(String(repeating: "x", count: 1_000_000), among: Self.names) == nil)
    }
}
