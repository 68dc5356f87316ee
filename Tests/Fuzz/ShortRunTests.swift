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
}
