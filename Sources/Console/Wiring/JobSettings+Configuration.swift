import Configuration
import NATSPlugin

extension JobSettings {
    /// The jobs that the configuration describes; nil where it wants none.
    init?(_ configuration: Configuration) {
        let jobs = configuration.jobs
        guard jobs.isEnabled else { return nil }
        self.init()
        (takesCommands, resultTTL, maxDeliveries) = (jobs.takesCommands, jobs.resultTTL, jobs.maxDeliveries)
        (ackWait, maxRunning) = (jobs.ackWait, jobs.maxRunning)
        replicas = configuration.state.replicas
    }
}
