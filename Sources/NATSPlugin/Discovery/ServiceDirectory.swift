import BusProtocol
import NATSClient
import ServiceRuntime

/// Answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS` (ADR-32): all services, those of a name, and the one of a name and id.
///
/// Each form of the three verbs is one subscription with a wildcard in the verb's place; a verb that the protocol does not
/// have is not answered. Every instance answers for itself, so there is no queue group.
final class ServiceDirectory: Sendable {
    /// Tells of a service as it is now; its name and id stay the same.
    typealias Description = @Sendable () -> ServiceDescription

    private static let prefix = "$SRV."
    private let outbox: Outbox
    private let services: [Entry]
    private let subscriptions: [NATSSubscription]

    private struct Entry {
        /// `NAME` and `NAME.ID`, as they follow the verb.
        let addresses: [String]
        let describe: Description
    }

    /// Subscribes. Messages wait until ``run()``.
    init(_ descriptions: [Description], on connection: NATSConnection, outbox: Outbox) throws(NATSError) {
        self.outbox = outbox
        services = descriptions.map { describe in
            let service = describe()
            return Entry(addresses: [service.name, "\(service.name).\(service.id)"], describe: describe)
        }
        var subscriptions = [try connection.subscribe(Self.prefix + "*")]
        for address in services.flatMap(\.addresses) {
            subscriptions.append(try connection.subscribe("\(Self.prefix)*.\(address)"))
        }
        self.subscriptions = subscriptions
    }

    /// Messages that were lost because they came too fast.
    var dropped: Int { subscriptions.reduce(0) { $0 + $1.dropped } }

    /// Answers until the subscriptions are drained.
    func run() async {
        await withDiscardingTaskGroup { group in
            for subscription in subscriptions {
                group.addTask { for await message in subscription { self.answer(message) } }
            }
        }
    }

    /// Is no longer found.
    func drain() async {
        await withDiscardingTaskGroup { group in
            for subscription in subscriptions { group.addTask { await subscription.drain() } }
        }
    }

    private func answer(_ message: NATSMessage) {
        guard let reply = message.reply, Subjects.mayReceiveReplies(reply) else { return }
        let parts = message.subject.dropFirst(Self.prefix.count).split(separator: ".", maxSplits: 1)
        guard let verb = parts.first.flatMap({ ServiceVerb(rawValue: String($0)) }) else { return }
        for service in services where parts.count == 1 || service.addresses.contains(String(parts[1])) {
            outbox.publish(service.describe().answer(to: verb), to: reply, headers: [])
        }
    }
}
