package import Observability
package import ServiceRuntime

/// Where spans go, and how.
package struct ExportSettings: Sendable {
    /// The whole URL.
    package var endpoint: String
    /// Sent with every request; the values may be keys.
    package var headers: [(name: String, value: Secret)] = []
    /// For one request.
    package var timeout = Duration.seconds(10)
    /// For a batch, with all its tries.
    package var batchTimeout = Duration.seconds(30)
    /// The most spans that wait; what comes beyond them is lost.
    package var queueSize = 2048
    /// The most spans of a request.
    package var batchSize = 512
    /// The longest that a span waits for others.
    package var delay = Duration.seconds(5)
    /// What is said of the process: names and values.
    package var resource: [Attribute] = []
    /// Which traces are recorded.
    package var sampler = Sampler()

    /// The defaults of OpenTelemetry's batch processor.
    package init(endpoint: String) { self.endpoint = endpoint }

    /// The endpoint as it may be logged: no user, no query.
    package var server: String {
        let parts = endpoint.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return "" }
        let authority = parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return parts[0] + "://" + (authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}
