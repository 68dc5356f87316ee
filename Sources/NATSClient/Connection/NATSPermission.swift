/// Something that a server does not permit the user we are.
package struct NATSPermission: Sendable, Hashable, CustomStringConvertible {
    /// What one does with a subject.
    package enum Direction: String, Sendable { case publish, subscribe }

    /// What was tried.
    package let direction: Direction
    /// The subject as it was sent.
    package let subject: String

    /// A permission to do something with a subject.
    package init(_ direction: Direction, _ subject: String) { (self.direction, self.subject) = (direction, subject) }

    /// Reads the server's words: `Permissions Violation for Subscription to "SUBJECT" using queue "GROUP"`.
    /// (nats-server, `client.go`.)
    init?(violation text: String) {
        let parts = text.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        if parts[0].hasSuffix("Violation for Subscription to ") {
            direction = .subscribe
        } else if parts[0].hasSuffix("Violation for Publish to ") {
            direction = .publish
        } else {
            return nil
        }
        subject = String(parts[1])
    }

    /// `publish llm.response`
    package var description: String { "\(direction.rawValue) \(subject)" }
}
