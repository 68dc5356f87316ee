extension Duration {
    /// The length in seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// The length in whole milliseconds, rounded to the nearest.
    package var milliseconds: Int { Int((seconds * 1000).rounded()) }

    /// The length in whole milliseconds, rounded up, from 1 to what a C `int` holds: for timeouts of C libraries.
    package var timeoutMilliseconds: Int32 {
        let whole = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0)
        return Int32(clamping: max(whole, 1))
    }

    /// The length in whole nanoseconds; where an `Int` does not hold it, the nearest that it does: about 292 years.
    package var nanoseconds: Int {
        let (seconds, attoseconds) = components
        let (whole, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = whole.addingReportingOverflow(Int(attoseconds / 1_000_000_000))
        return overflow || isOver ? (seconds < 0 ? .min : .max) : sum
    }
}
