import BusProtocol
import LLMService

extension NATSPlugin {
    /// Stops what is here, now, and asks the others to stop what is there; then tells how much it was.
    func stop(_ order: StopOrder, _ tell: @escaping @Sendable (Int) -> Void) -> Job? {
        let stopped = service.stop(order)
        // A request is in one place.
        if case .request = order, stopped > 0 {
            tell(stopped)
            return nil
        }
        guard peers.count > 0 else {
            tell(stopped)
            return nil
        }
        return { tell(stopped + (await self.peers.stop(order))) }
    }
}

extension LLMService {
    /// Stops what runs and waits in this instance. Returns how much it was.
    func stop(_ order: StopOrder) -> Int {
        switch order {
        case .request(let id): cancel(requestID: id)
        case .channel(let channel): cancel(channel: channel)
        case .user(let user, let channel): cancel(channel: channel, user: user)
        }
    }
}
