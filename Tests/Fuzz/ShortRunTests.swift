import Testing

@Suite("Random input")
struct ShortRunTests {
    /// `deploy/fuzz` runs a million.
    @Test("breaks no reader of streams and of JSON", arguments: [1, 1_000_000, 2_000_000, 3_000_000])
    func shortRun(seed: UInt64) {
        #expect(Checks.run(5_000, seed: seed) == nil)
    }
}
