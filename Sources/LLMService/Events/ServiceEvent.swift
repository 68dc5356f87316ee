public import Conversations
public import LanguageModels
import Synchronization

/// Something that happened in the service, for subscribers, whichever way the request came in.
///
/// On NATS these are the events of <doc:Events>.
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
    /// An operation on memories failed that nobody waited for: for whoever debugs the service. What it was, is said in a few
    /// constant words.
    case forgetful(work: String, LLMError)
    /// So much of a limit is used. The user whose limit it is, is nil for a channel's, a plugin's and everybody's; the channel
    /// is the one that the request was for, or whose limit it is.
    case threshold(UsageLimits.Kind, current: Int, limit: Int, user: String?, channel: String?)
    /// A provider failed, and this came of it; or it is back.
    case routing(RoutingEvent)

    /// An operation on a channel's memory.
    public enum MemoryAction: String, Sendable, CaseIterable { case add, recall, forget }

    /// An answer.
    public struct Response: Sendable {
        /// The channel; nil for a request outside a conversation.
        public var channel: String?
        /// The user who asked, if known.
        public var user: String?
        /// The number of characters of the message.
        public var promptLength: Int
        /// The number of characters of the answer.
        public var responseLength: Int
        /// The number of tokens used; nil if the provider does not say.
        public var tokens: Int?
        /// The provider, by name.
        public var provider: String
        /// The time from the arrival of the request to its answer.
        public var latency: Duration
        /// The name of the persona.
        public var persona: String?
        /// The model that answered, as the provider names it.
        public var model = ""
        /// The time from the arrival of the request to the first text of its answer; nil if it was not measured.
        public var firstToken: Duration?
        /// Whether this is the answer to an earlier, equal request.
        public var isCached = false
        /// Whether the turn is stored; nil outside a conversation.
        public var isPersisted: Bool?
        /// How long each part of the request took.
        public var timings: RequestTimings?
    }
}

/// Delivers events to its subscribers.
public final class EventBus<Event: Sendable>: Sendable {
    /// Receives an event. It must return quickly and must not block.
    public typealias Subscriber = @Sendable (Event) -> Void

    private let subscribers = Mutex<[Subscriber]>([])

    init() {}

    /// Delivers every further event to `subscriber`.
    public func subscribe(_ subscriber: @escaping Subscriber) { subscribers.withLock { $0.append(subscriber) } }

    /// Something happened.
    func emit(_ event: Event) {
        for subscriber in subscribers.withLock({ $0 }) { subscriber(event) }
    }
}
