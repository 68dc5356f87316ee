public import Conversations
public import LanguageModels
import Synchronization

/// What happened, for those who subscribe (wire contract, section 6: `rosey.event.llm.*`). Whichever way a request came in.
///
/// Nothing of what was said is in it, only how long it was.
public enum ServiceEvent: Sendable {
    /// A request was answered.
    case response(Response)
    /// A request failed. The channel it was for and who asked are nil where there was none or it is not known; the timings
    /// where nothing was done for it.
    case failure(LLMError, channel: String?, user: String?, timings: RequestTimings? = nil)
    /// So many memories of a channel were added, found or forgotten; by whom, where that is known.
    case memory(MemoryAction, channel: String, user: String?, count: Int)
    /// What left a conversation's window was summarised: so many messages, in so many characters.
    case summarized(channel: String, messages: Int, length: Int)
    /// That failed. It costs nobody anything but a line in the log.
    case unsummarized(channel: String, LLMError)
    /// Something about memories failed that nobody waited for: for whoever debugs the service. What it was, is said in a few
    /// constant words.
    case forgetful(work: String, LLMError)
    /// So much of a limit is used. The user whose limit it is, is nil for a channel's, a plugin's and everybody's; the channel
    /// is the one that the request was for, or whose limit it is.
    case threshold(UsageLimits.Kind, current: Int, limit: Int, user: String?, channel: String?)
    /// A provider failed, and this came of it; or it is back.
    case routing(RoutingEvent)

    /// What is done with memories.
    public enum MemoryAction: String, Sendable, CaseIterable { case add, recall, forget }

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
        public var timings: RequestTimings?
    }
}

/// Passes on what happens to those who subscribed.
public final class EventBus<Event: Sendable>: Sendable {
    /// Hears of an event; quick, never blocking.
    public typealias Subscriber = @Sendable (Event) -> Void

    private let subscribers = Mutex<[Subscriber]>([])

    init() {}

    /// Tells `subscriber` of everything from now on.
    public func subscribe(_ subscriber: @escaping Subscriber) { subscribers.withLock { $0.append(subscriber) } }

    /// Something happened.
    func emit(_ event: Event) {
        for subscriber in subscribers.withLock({ $0 }) { subscriber(event) }
    }
}
