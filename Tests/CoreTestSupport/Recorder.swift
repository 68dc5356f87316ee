import Synchronization

/// What happened, in the order it happened, from however many tasks.
package final class Recorder<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    /// Nothing has happened yet.
    package init() {}

    /// So far, oldest first.
    package var all: [Element] { elements.withLock { $0 } }

    /// This happened.
    package func append(_ element: Element) { elements.withLock { $0.append(element) } }
}
