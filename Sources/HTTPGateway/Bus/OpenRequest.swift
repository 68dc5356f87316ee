import Synchronization

/// A request that the service works on. Unless it is over when its last holder lets go, because the client has gone or
/// time is up, the service is told to stop.
final class OpenRequest: Sendable {
    /// Ours, known to the service.
    let id: String
    private let bus: ServiceBus
    private let isOver = Atomic(false)

    init(_ bus: ServiceBus) {
        self.bus = bus
        id = Self.newID()
    }

    deinit { if !isOver.load(ordering: .relaxed) { bus.cancel(id) } }

    /// The service has answered.
    func end() { isOver.store(true, ordering: .relaxed) }

    /// Nobody can guess it, and cancel what is another's.
    private static func newID() -> String {
        let (high, low) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        return "http-" + [high, low].map { String($0, radix: 36) }.joined()
    }
}
