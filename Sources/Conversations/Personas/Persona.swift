/// Who the model is to be.
public struct Persona: Sendable, Equatable {
    /// What it is chosen by.
    public var name: String
    /// The system prompt.
    public var prompt: String
    /// 0…2, where a request names none.
    public var temperature: Double?
    /// `provider/model` or `model`, where neither a request nor the channel names one.
    public var model: String?

    /// A persona.
    public init(name: String, prompt: String, temperature: Double? = nil, model: String? = nil) {
        self.name = name
        self.prompt = prompt
        self.temperature = temperature
        self.model = model
    }
}
