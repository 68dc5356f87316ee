import Configuration
import Conversations
import LLMService
import NATSClient
import NATSPlugin
import Persistence

/// Opens, writes and reads in JetStream what the service will, with the same settings. What is there stays as it is.
struct StateCheck {
    /// A key that no document has.
    private static let key = "probe"

    let configuration: Configuration
    let connection: NATSConnection

    /// Tries the buckets of the state, and what jobs need.
    func run(_ report: inout CheckReport) async {
        guard configuration.state.isEnabled else {
            return report.note("JetStream: not used (state.enabled is false): a restart will forget every conversation")
        }
        let bucket = "the bucket \(configuration.state.bucket)"
        guard await tryOut(bucket, isNeeded: true, &report, keepState) else { return }
        report.good("JetStream: enabled; \(bucket) can be written and read")
        guard configuration.jobs.isEnabled else { return }
        let works = await tryOut("jobs", isNeeded: false, &report) { () async throws(NATSError) in
            try await NATSPlugin.tryJobs(configuration.jobs, on: connection)
        }
        if works { report.good("JetStream: jobs can be taken") }
    }

    /// Writes a key into both buckets, reads it and takes it out again.
    private func keepState() async throws(NATSError) {
        var options = configuration.state.options
        options.changesPresent = false
        let store = try await StateStore(
            on: connection, options, entries: configuration.service.conversationBounds.turns)
        for bucket in [store.records, store.logs] {
            try await bucket.put(Self.key, [1])
            _ = try await bucket.get(Self.key)
            try await bucket.purge(Self.key)
        }
    }

    /// Returns whether something can be done in JetStream; says why not.
    private func tryOut(
        _ what: String, isNeeded: Bool, _ report: inout CheckReport, _ body: () async throws(NATSError) -> Void
    ) async -> Bool {
        let before = connection.denied
        do throws(NATSError) {
            try await body()
            return true
        } catch {
            try? await connection.flush(timeout: .seconds(5))
            let news = connection.denied.subtracting(before).sorted { $0.description < $1.description }
            let text = NATSPermissionText(inboxPrefix: configuration.nats.inboxPrefix)
            for permission in news {
                report.fault(
                    text.missing(permission, queueGroup: nil, to: "keep things in JetStream (\(what))"),
                    isNeeded: isNeeded)
            }
            if news.isEmpty { say(error, what, isNeeded: isNeeded, &report) }
            return false
        }
    }

    private func say(_ error: NATSError, _ what: String, isNeeded: Bool, _ report: inout CheckReport) {
        switch error.code {
        case .noJetStream:
            report.note(
                "JetStream: not enabled on the server (nats-server -js), or not for this account: a restart will forget "
                    + "every conversation")
        case .noSpace:
            report.fault(
                "JetStream: full: \(what) takes nothing more (\(error.detail)). Raise max_file_store, the account's or "
                    + "the stream's limits on the server, or delete what is not needed", isNeeded: isNeeded)
        case .noResponders:
            report.fault(
                "JetStream: not ready: \(what): \(error). Are enough servers of the cluster up?", isNeeded: isNeeded)
        default: report.fault("JetStream: \(what) cannot be used: \(error)", isNeeded: isNeeded)
        }
    }
}
