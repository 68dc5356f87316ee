import Concurrency
import ServiceRuntime

extension ServiceManager {
    /// Tells it that the process is alive, twice as often as it wants, until it is cancelled. From the event loop: where that
    /// hangs, the process is not alive.
    func showLife() async {
        guard let watchdog else { return }
        while !Task.isCancelled {
            await EventLoop.shared.run { isAlive() }
            try? await Task.sleep(for: watchdog / 2)
        }
    }
}
