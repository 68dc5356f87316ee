/// Whether a provider is asked.
public enum BreakerState: String, Sendable, CaseIterable {
    /// It is.
    case closed
    /// It is not, for a while.
    case open
    /// One request at a time tries whether it answers again.
    case halfOpen = "half_open"
}
