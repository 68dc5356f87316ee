import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// What can be found wrong with a request before anything runs.
    func check(_ work: Work, _ options: RequestOptions) throws(LLMError) {
        switch work {
        case .chat(let message, let channel, _):
            if message.allSatisfy(\.isWhitespace) { throw Self.blank("message") }
            if channel.isEmpty { throw Self.blank("channel_id") }
        case .retry(let channel):
            if channel.isEmpty { throw Self.blank("channel_id") }
        case .complete(.text(let prompt, _)):
            if prompt.allSatisfy(\.isWhitespace) { throw Self.blank("message") }
        case .complete(.messages(let messages)):
            if messages.isEmpty { throw LLMError(.invalidRequest, "messages: expected at least one message, got none") }
        case .summarize(let text, _, _):
            if text.allSatisfy(\.isWhitespace) { throw Self.blank("text") }
        case .embed(let inputs):
            if inputs.isEmpty { throw LLMError(.invalidRequest, "input: expected at least one text, got none") }
            for (index, input) in inputs.enumerated() where input.isEmpty { throw Self.blank("input[\(index)]") }
        }
        if let name = options.persona { _ = try persona(named: name) }
        _ = try ModelChoice(model: options.model, provider: options.provider, registry: registry)
    }

    /// The persona of that name.
    func persona(named name: String) throws(LLMError) -> Persona {
        let book = personas.book
        if let persona = book[name] { return persona }
        let names = book.names.joined(separator: ", ")
        throw LLMError(.unknownPersona, "Unknown persona '\(name.excerpt)'. Available: \(names)")
    }

    static func blank(_ field: String) -> LLMError {
        LLMError(.invalidRequest, "\(field): expected a non-empty string, got a blank one")
    }
}
