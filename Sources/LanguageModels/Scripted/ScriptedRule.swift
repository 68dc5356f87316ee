/// What the scripted provider answers to messages of a kind.
public struct ScriptedRule: Sendable, Equatable {
    /// Words, compared without regard to case and punctuation. `*` stands for any number of words. Without a `*` the words
    /// may stand anywhere in the message; with one the pattern covers the message as a whole. `*` alone matches all.
    public var pattern: String
    /// Given in turn. `$1`…`$9` are what the wildcards stood for.
    public var replies: [String]
    /// How long it thinks.
    public var delay: Duration?
    /// The characters of a delta; nil for the answer in one.
    public var chunkSize: Int?
    /// How it fails. With replies too, one of them is sent as deltas first: an answer that breaks off.
    public var failure: ProviderError?

    /// A rule.
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
