import Synchronization

/// Whether a piece of an answer has been handed out: from then on nobody else may go on with it.
package final class HandedOut: Sendable {
    private let flag = Atomic(false)

    init() {}

    /// A piece is about to be handed out.
    package func mark() { flag.store(true, ordering: .relaxed) }

    var isMarked: Bool { flag.load(ordering: .relaxed) }
}
