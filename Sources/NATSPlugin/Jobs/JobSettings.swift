/// How jobs are taken.
package struct JobSettings: Sendable {
    /// Whether what is typed in rooms comes the same way.
    package var takesCommands = false
    /// For so long the answer to a job is known, so that it is not answered twice.
    package var resultTTL: Duration = .seconds(86_400)
    /// How often a job is begun before it is given up, 1 or more.
    package var maxDeliveries = 5
    /// An instance that says nothing for so long counts as gone.
    package var ackWait: Duration = .seconds(30)
    /// Jobs that this instance has at a time, waiting and running, 1 or more.
    package var maxRunning = 64
    /// Servers of a cluster that keep jobs and answers, 1 to 5.
    package var replicas = 1

    /// The defaults.
    package init() {}
}
