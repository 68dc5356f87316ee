import NATSClient
import ServiceRuntime

extension Outbox {
    /// Calls what says that somebody is there, once the server knows what is listened on, and then every so often, until
    /// it is cancelled.
    func beat(every interval: Duration, time: any TimeSource, _ say: () -> Void) async {
        while !Task.isCancelled {
            let isThere = (try? await connection.flush(timeout: .seconds(5))) != nil
            if isThere { say() }
            // Whoever connects anew is to be heard of soon.
            let pause = isThere ? interval : min(interval, .seconds(1))
            guard (try? await time.sleep(until: time.now + pause)) != nil else { return }
        }
    }
}
