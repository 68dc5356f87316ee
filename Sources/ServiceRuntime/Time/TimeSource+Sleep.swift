extension TimeSource {
    /// Waits until `deadline`; not at all where that has passed.
    ///
    /// A timer cannot be taken back: that of a sleep which is cancelled goes off in time, and wakes nobody.
    ///
    /// - Throws: at once when the task is cancelled, also when it was before.
    package func sleep(until deadline: ContinuousClock.Instant) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        // Timers need not run by the clock that `now` is read from: one that comes too early is set again.
        while now < deadline {
            let wakeup = Wakeup()
            call(at: deadline) { wakeup.call() }
            guard await wakeup.wait() else { throw CancellationError() }
        }
    }
}
