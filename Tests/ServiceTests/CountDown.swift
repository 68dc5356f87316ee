import Synchronization

/// Holds everybody up until so many are there.
final class CountDown: Sendable {
    private let missing: Mutex<Int>
    private let gate = Gate()

    init(_ count: Int) { missing = Mutex(count) }

    /// Waits for the others.
    func arrive() async {
        let isLast = missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
        if isLast { gate.open() }
        await gate.passed()
    }
}
