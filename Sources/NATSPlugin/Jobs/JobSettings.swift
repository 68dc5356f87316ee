package import Settings

/// How jobs are taken: the section `jobs`.
package struct JobSettings: Configurable {
    /// Whether they are, where there is JetStream.
    package var isEnabled = true
    /// Whether what is typed in rooms comes the same way.
    package var takesCommands = false
    /// For so long the answer to a job is known, so that it is not answered twice; where the bucket has to be made.
    package var resultTTL: Duration = .seconds(86_400)
    /// How often a job is begun before it is given up, 1 or more.
    package var maxDeliveries = 5
    /// An instance that says nothing for so long counts as gone.
    package var ackWait: Duration = .seconds(30)
    /// Jobs that this instance has at a time, waiting and running, 1 or more.
    package var maxRunning = 64
    /// Servers of a cluster that keep jobs and answers, 1 to 5: as many as keep the state.
    package var replicas = 1

    /// The defaults.
    package init() {}

    package mutating func read(_ section: inout Section) {
        section.flag("enabled", &isEnabled)
        section.flag("commands", &takesCommands)
        let tenYears = 315_360_000
        section.duration("result_ttl", &resultTTL, in: 60...tenYears)
        section.integer("max_deliveries", &maxDeliveries, in: 1...100)
        section.duration("ack_wait", &ackWait, in: 1...3600)
        section.integer("max_running", &maxRunning, in: 1...10_000)
    }
}
