/// A key, a token or a password. Its description does not contain it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// - Parameter text: the secret itself.
    public init(_ text: String) { self.text = text }

    /// The secret itself, for the one place that sends it.
    public var revealed: String { text }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { text.isEmpty }

    /// Never the secret.
    public var description: String { "<redacted>" }
    /// Never the secret.
    public var debugDescription: String { "<redacted>" }
    /// Empty: reflection finds nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
