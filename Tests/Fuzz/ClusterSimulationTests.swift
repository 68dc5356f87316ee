import Testing

@Suite("One channel, one owner")
struct ClusterSimulationTests {
    /// `deploy/fuzz` runs more.
    @Test("holds in every schedule", arguments: ClusterSimulation.Chaos.kinds)
    func schedules(_ chaos: ClusterSimulation.Chaos) async throws {
        for seed in 1...150 {
            try ClusterSimulation.run(seed: UInt64(seed), chaos)
            // Other tests want the thread, too.
            await Task.yield()
        }
    }
}
