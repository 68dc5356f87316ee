public import LanguageModels
package import Observability

/// How one request is to be answered. What is nil is as configured.
public struct RequestOptions: Sendable {
    /// An id of the caller's; one is made up where it is nil.
    public var requestID: String?
    /// `provider/model` or `model`.
    public var model: String?
    /// A provider's name.
    public var provider: String?
    /// 0…2.
    public var temperature: Double?
    /// The largest answer, in tokens.
    public var maxTokens: Int?
    /// A persona for this request alone.
    public var persona: String?
    /// A system prompt in a persona's place; for completions.
    public var system: String?
    /// The channel that a completion is for: it uses nothing of its conversation, but is stopped with it.
    public var channel: String?
    /// In whose name it is made; nil: that of the user who speaks, if there is one.
    package var caller: Caller?
    /// The request's span, which what is asked for it is below; nil where nobody traces.
    package var span: TraceSpan?
    /// Texts at which the answer ends.
    public var stop: [String]
    /// Pictures that belong to the message.
    public var images: [ImageInput] = []
    /// The shape of the answer; nil for plain text.
    public var format: ResponseFormat?
    /// The tools that the model may ask for; for completions.
    public var tools: ToolOffer?
    /// The id of the turn that a chat makes, where the same request may come again: what it was answered then is its
    /// answer; nil: the turn is a new one.
    public var turnID: String?
    /// What reading it has taken before it was submitted, for those who measure.
    package var readingTime = Duration.zero
    /// For everything, waiting included; no longer than ``ServiceSettings/requestTimeout``.
    public var timeout: Duration?

    /// Options.
    public init(
        requestID: String? = nil, model: String? = nil, provider: String? = nil, temperature: Double? = nil,
        maxTokens: Int? = nil, persona: String? = nil, system: String? = nil, stop: [String] = [],
        timeout: Duration? = nil
    ) {
        self.requestID = requestID
        self.model = model
        self.provider = provider
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.persona = persona
        self.system = system
        self.stop = stop
        self.timeout = timeout
    }
}
