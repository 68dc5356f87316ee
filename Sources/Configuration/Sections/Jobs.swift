import JSON

extension Configuration {
    /// `jobs`: work that survives a crash, on `llm.job`, where there is JetStream.
    package struct Jobs: Sendable, Equatable {
        /// `enabled`: whether jobs are taken. Default true.
        package var isEnabled = true
        /// `commands`: whether what is typed in rooms comes the same way. Default false.
        package var takesCommands = false
        /// `result_ttl`: seconds for which the answer to a job is known, so that it is not answered twice, where the bucket
        /// has to be made; a minute or more. Default a day.
        package var resultTTL: Duration = .seconds(86_400)
        /// `max_deliveries`: how often a job is begun before it is given up; 1 to 100. Default 5.
        package var maxDeliveries = 5
        /// `ack_wait`: seconds after which an instance that says nothing of a job counts as gone; 1 to an hour. Default 30.
        package var ackWait: Duration = .seconds(30)
        /// `max_running`: jobs that one instance has at a time, waiting and running; 1 to 10 000. Default 64.
        package var maxRunning = 64

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Jobs {
    /// Takes over what the section `jobs` says.
    mutating func read(_ section: inout Section) {
        isEnabled = section.reader.bool("enabled") ?? isEnabled
        takesCommands = section.reader.bool("commands") ?? takesCommands
        let tenYears = 315_360_000
        resultTTL = section.integer("result_ttl", in: 60...tenYears).map { .seconds($0) } ?? resultTTL
        maxDeliveries = section.integer("max_deliveries", in: 1...100) ?? maxDeliveries
        ackWait = section.integer("ack_wait", in: 1...3600).map { .seconds($0) } ?? ackWait
        maxRunning = section.integer("max_running", in: 1...10_000) ?? maxRunning
    }
}
