import Testing

@Suite("Random input")
struct ShortRunTests {
    /// `deploy/fuzz` runs a million.
    @Test("breaks no reader of streams and of JSON")
    func shortRun() async {
        for seed in stride(from: UInt64(1), to: 20_000, by: 50) {
            if let failure = Checks.run(50, seed: seed) {
                Issue.record("\(failure)")
                return
            }
            // Other tests want the thread, too.
            await Task.yield()
        }
    }

    /// Among them: what the beginning of a body says depended on how the body was cut.
    @Test("that was found to break one does so no more", arguments: [279_194_712_030_744])
    func found(seed: UInt64) {
        #expect(Checks.run(1, seed: seed) == nil)
    }
}
