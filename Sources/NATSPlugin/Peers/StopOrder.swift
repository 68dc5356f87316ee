/// What is to be stopped, wherever it runs.
enum StopOrder: Sendable, Equatable {
    case request(String)
    case channel(String)
    /// What one user asked for in a channel.
    case user(String, channel: String)
}
