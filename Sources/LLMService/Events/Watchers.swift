import Synchronization

/// Passes on what happens to whoever watches.
public final class Watchers<Event: Sendable>: Sendable {
    /// Hears of an event; quick, never blocking.
    public typealias Watcher = @Sendable (Event) -> Void

    private let watchers = Mutex<[Watcher]>([])

    init() {}

    /// Tells `watcher` of everything from now on.
    public func watch(_ watcher: @escaping Watcher) { watchers.withLock { $0.append(watcher) } }

    /// Something happened. What it is, is found out only where somebody watches.
    package func tell(_ event: @autoclosure () -> Event) {
        let watchers = watchers.withLock { $0 }
        guard !watchers.isEmpty else { return }
        let event = event()
        for watcher in watchers { watcher(event) }
    }
}

/// Passes on what happens in a service to whoever watches it.
public typealias ServiceEvents = Watchers<ServiceEvent>
