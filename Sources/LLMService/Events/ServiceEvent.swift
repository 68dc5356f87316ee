/// What happened, for those who watch (wire contract, section 6: `rosey.event.llm.*`). Whichever way a request came in.
///
/// Nothing of what was said is in it, only how long it was.
public enum ServiceEvent: Sendable {
    /// A request was answered.
    case response(Response)
    /// A request failed.
    case failure(Failure)
    /// Something was remembered, looked for or forgotten.
    case memory(Memory)
    /// What left a conversation's window was summarised.
    case summarized(Summarized)
    /// That failed. It costs nobody anything but a line in the log.
    case unsummarized(Unsummarized)
    /// Something about memories failed that nobody waited for: for whoever debugs the service.
    case forgetful(Forgetful)
    /// A limit is near, or reached.
    case threshold(Threshold)

    /// An answer.
    public struct Response: Sendable {
        /// The channel it was for; nil where there was none.
        public var channel: String?
        /// Who asked, where that is known.
        public var user: String?
        /// Characters of what was asked.
        public var promptLength: Int
        /// Characters of the answer.
        public var responseLength: Int
        /// Tokens spent, where the provider says.
        public var tokens: Int?
        /// The provider, by name.
        public var provider: String
        /// From the request's coming to its answer.
        public var latency: Duration
        /// The persona it spoke as.
        public var persona: String?
        /// The model that answered, as the provider names it.
        public var model = ""
        /// From the request's coming to the first text of its answer; nil where it was not seen.
        public var firstToken: Duration?
        /// Whether it was another request's answer.
        public var isCached = false
        /// Whether the turn outlives this process; nil where there is none.
        public var isPersisted: Bool?
        /// What took how long.
        public var course: Course?
    }

    /// A failure.
    public struct Failure: Sendable {
        /// The channel it was for; nil where there was none.
        public var channel: String?
        /// Who asked, where that is known.
        public var user: String?
        /// Why.
        public var error: LLMError
        /// What took how long; nil where nothing was done for it.
        public var course: Course?
    }

    /// A step of a channel's memory.
    public struct Memory: Sendable {
        /// What was done.
        public enum Action: String, Sendable { case add, recall, forget }

        /// Whose memory it is.
        public var channel: String
        /// What was done.
        public var action: Action
        /// Who did it, where that is known.
        public var user: String?
        /// The memories added, found or forgotten.
        public var count: Int
    }

    /// A summary.
    public struct Summarized: Sendable {
        /// Whose conversation it is.
        public var channel: String
        /// The messages that it covers.
        public var messages: Int
        /// Its length in characters.
        public var length: Int
    }

    /// A summary that could not be made.
    public struct Unsummarized: Sendable {
        /// Whose conversation it is.
        public var channel: String
        /// Why.
        public var error: LLMError
    }

    /// Something about memories that could not be done.
    public struct Forgetful: Sendable {
        /// What it was, in a few constant words.
        public var work: String
        /// Why.
        public var error: LLMError
    }

    /// A part of a limit, used up.
    public struct Threshold: Sendable {
        /// Which limit.
        public enum Window: String, Sendable { case minute, hour, day, tokens }

        /// The user whose limit it is; nil for a channel's, a plugin's and everybody's.
        public var user: String?
        /// The channel that the request was for, or whose limit it is.
        public var channel: String?
        /// Which limit.
        public var window: Window
        /// What is used.
        public var current: Int
        /// What there is.
        public var limit: Int
    }
}
