public import LanguageModels
package import Observability

/// How one request is answered. For an option that is nil, the configuration decides.
public struct RequestOptions: Sendable {
    /// The request's id; nil to have one generated.
    public var requestID: String?
    /// `provider/model` or `model`.
    public var model: String?
    /// A provider's name.
    public var provider: String?
    /// 0 to 2.
    public var temperature: Double?
    /// The largest number of tokens of the answer.
    public var maxTokens: Int?
    /// A persona for this request only.
    public var persona: String?
    /// A system prompt instead of a persona's; for completions.
    public var system: String?
    /// The channel of a completion. Its conversation is not used, but cancelling the channel cancels the completion.
    public var channel: String?
    /// In whose name it is made; nil: that of the user who speaks, if there is one.
    package var caller: Caller?
    /// The request's span, which what is asked for it is below; nil where nobody traces.
    package var span: TraceSpan?
    /// Texts before which the answer ends.
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
    /// The time for everything, waiting included; at most ``ServiceSettings/requestTimeout``.
    public var timeout: Duration?

    /// Creates options.
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
