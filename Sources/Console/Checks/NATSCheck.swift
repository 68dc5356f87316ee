import BusProtocol
import Configuration
import GatewayCore
import NATSClient
import NATSPlugin

/// Does on NATS what the service will do there, as the same user.
struct NATSCheck {
    let configuration: Configuration
    private var text: NATSPermissionText { NATSPermissionText(inboxPrefix: configuration.nats.inboxPrefix) }

    /// Connects, and tries what is permitted, whether replies arrive, and what JetStream keeps.
    func run(_ report: inout CheckReport) async {
        var found = report
        do throws(CommandFailure) {
            found = try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
                var report = found
                report.good("NATS: connected to \(client.connection.connectedServer ?? "a server")")
                await checkPermissions(client.connection, &report)
                // JetStream answers as everybody does.
                guard await repliesArrive(client.connection, &report) else { return report }
                if client.connection.denied.isEmpty {
                    report.good("NATS: requests can be taken and answered")
                }
                await StateCheck(configuration: configuration, connection: client.connection).run(&report)
                return report
            }
        } catch {
            found.bad("NATS: \(error.description)")
        }
        report = found
    }

    private func checkPermissions(_ connection: NATSConnection, _ report: inout CheckReport) async {
        let uses = BusUse.all(PluginSettings(configuration), hasGateway: configuration.gateway.isEnabled)
        do throws(NATSError) {
            for use in uses { try await use.tryOut(on: connection) }
            // The server's refusals come before its answer to this.
            try await connection.flush(timeout: .seconds(5))
        } catch {
            return report.bad("NATS: the connection was lost while it was tried: \(error)")
        }
        let denied = connection.denied
        for use in uses where denied.contains(use.permission) {
            let missing = text.missing(use.permission, queueGroup: use.queueGroup, to: use.purpose)
            report.fault(missing, isNeeded: use.isNeeded)
        }
    }

    /// Asks itself, as others ask the service: that takes an inbox of its own and the right to answer. Returns whether it gets
    /// an answer.
    private func repliesArrive(_ connection: NATSConnection, _ report: inout CheckReport) async -> Bool {
        let question = "rosey-llm-check"
        let before = connection.denied
        // Where this is not permitted, nobody could say whether replies are.
        if before.contains(where: { $0.subject == configuration.group.peers }) { return true }
        var arrives = true
        do throws(NATSError) {
            let answers = try connection.subscribe(configuration.group.peers) { message in
                guard message.payload == Array(question.utf8), let reply = message.reply else { return }
                try? connection.publish(message.payload, to: reply)
            }
            do throws(NATSError) {
                let subject = configuration.group.peers
                _ = try await connection.request(Array(question.utf8), to: subject, timeout: .seconds(2))
            } catch {
                arrives = false
                try await connection.flush(timeout: .seconds(5))
                let news = connection.denied.subtracting(before)
                for permission in news.sorted(by: { $0.description < $1.description }) {
                    report.bad(text.missing(permission, queueGroup: nil, to: "ask and be answered"))
                }
                if news.isEmpty {
                    report.bad("NATS: no reply arrives (\(error)): may the user subscribe \(text.inboxPrefix).>?")
                }
            }
            await answers.drain()
            return arrives
        } catch {
            report.bad("NATS: the connection was lost while it was tried: \(error)")
            return false
        }
    }
}

/// What is said of a permission that the NATS user lacks.
struct NATSPermissionText {
    /// The beginning of the subjects on which replies are awaited.
    let inboxPrefix: String

    /// `NATS: the user may not publish on llm.response (needed to send answers): allow it in …`
    func missing(_ permission: NATSPermission, queueGroup: String?, to purpose: String) -> String {
        let subject = subject(of: permission)
        let (action, list) =
            permission.direction == .publish
            ? ("publish on \(subject)", "publish")
            : ("subscribe to \(subject)" + (queueGroup.map { " (queue group \($0))" } ?? ""), "subscribe")
        return "NATS: the user may not \(action), which the service does to \(purpose). Permit it in the server's "
            + "configuration: permissions.\(list).allow"
    }

    /// The subject as it is written into the server's configuration: an inbox is another each time.
    func subject(of permission: NATSPermission) -> String {
        permission.subject.hasPrefix(inboxPrefix + ".") ? inboxPrefix + ".>" : permission.subject
    }
}
