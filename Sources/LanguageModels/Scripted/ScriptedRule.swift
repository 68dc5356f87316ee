/// How the scripted provider answers messages that match a pattern.
public struct ScriptedRule: Sendable, Equatable {
    /// Words, compared without regard to case and punctuation. `*` stands for any number of words. Without a `*` the words
    /// may stand anywhere in the message; with one the pattern covers the message as a whole. `*` alone matches all.
    public var pattern: String
    /// The answers, used in turn. `$1` to `$9` are replaced by what the wildcards matched.
    public var replies: [String]
    /// How long it waits before it answers.
    public var delay: Duration?
    /// The number of characters of a piece; nil for the whole answer in one piece.
    public var chunkSize: Int?
    /// The error with which it fails. If there are replies too, one of them is sent in pieces before: an answer that breaks off.
    public var failure: ProviderError?

    /// Creates a rule.
    public init(
        _ pattern: String, replies: [String], delay: Duration? = nil, chunkSize: Int? = nil,
        failure: ProviderError? = nil
    ) {
        self.pattern = pattern
        self.replies = replies
        self.delay = delay
        self.chunkSize = chunkSize
        self.failure = failure
    }
}
