import Concurrency
import Conversations
import JSON
import LLMService
import LanguageModels
import ServiceRuntime

extension RequestReader {
    /// Reads what a model is to do, and how: the same fields in requests and in calls.
    ///
    /// - Parameter action: `chat`, `complete`, `summarize` or `embed`.
    mutating func work(
        _ action: LLMRequest.Action, channel: String?, _ options: inout RequestOptions, _ limits: RequestLimits
    ) throws(LLMError) -> Work {
        options.provider = fields.string("provider", maxBytes: 128)
        options.channel = channel
        options.caller = caller()
        options.model = fields.string("model", maxBytes: 256).flatMap { $0.isEmpty ? nil : $0 }
        if let seconds = fields.number("timeout_s", in: 0.001...1e9, as: "a number of seconds above 0") {
            options.timeout = .milliseconds(Int(min(seconds, limits.timeout.seconds) * 1000))
        }
        if action == .embed { return .embed(try inputs(limits)) }
        try generation(&options, limits)
        switch action {
        case .complete: return .complete(try completion(&options, limits))
        case .summarize: return try summary(limits)
        default: return try chat(channel ?? "", limits)
        }
    }

    /// Reads the fields that say how an answer is to be made.
    private mutating func generation(_ options: inout RequestOptions, _ limits: RequestLimits) throws(LLMError) {
        options.persona = fields.string("persona", maxBytes: 128)
        options.temperature = fields.number("temperature", in: 0...2, as: "a number from 0 to 2")
        let maxTokens = fields.integer(
            "max_tokens", in: 0...Int(Int32.max), as: "a whole number of at least 1 (0 or null: no limit)")
        options.maxTokens = maxTokens == 0 ? nil : maxTokens
        options.stop = fields.strings("stop", atMost: 16) ?? []
        options.images = try images(limits)
        options.format = try format(limits)
    }

    private mutating func chat(_ channel: String, _ limits: RequestLimits) throws(LLMError) -> Work {
        let message = try text("message", maxBytes: limits.messageBytes)
        if fields.value("system") != nil { fields.fault("system", "expected only with the action complete") }
        return .chat(message: message, channel: channel, username: context.speaker)
    }

    private mutating func completion(
        _ options: inout RequestOptions, _ limits: RequestLimits
    ) throws(LLMError) -> CompletionRequest.Input {
        options.tools = try tools(limits)
        options.system = fields.string("system")
        if let system = options.system, system.utf8.count > limits.messageBytes {
            throw .tooLarge("system", "bytes", limits.messageBytes, got: system.utf8.count)
        }
        guard fields.value("messages") != nil else {
            return .text(try text("message", maxBytes: limits.messageBytes), system: nil)
        }
        let messages = try messages(limits)
        if let error { throw error }
        let size = messages.reduce(0) { $0 + $1.size }
        if size > limits.messageBytes { throw .tooLarge("messages", "bytes", limits.messageBytes, got: size) }
        return .messages(messages)
    }

    /// `text` (or `message`), and how it is to be summarised: `max_length` in words, `style`.
    private mutating func summary(_ limits: RequestLimits) throws(LLMError) -> Work {
        let field = fields.value("text") == nil && fields.value("message") != nil ? "message" : "text"
        let text = try text(field, maxBytes: limits.messageBytes)
        let words = fields.integer("max_length", in: 1...10_000, as: "a whole number of words from 1 to 10000")
        let style = choice("style", SummaryStyle.self, expected: "concise, detailed or bullets")
        return .summarize(text, maxWords: words ?? 200, style: style ?? .concise)
    }

    /// `input`: a text, or a list of texts.
    private mutating func inputs(_ limits: RequestLimits) throws(LLMError) -> [String] {
        var texts: [String] = []
        switch fields.raw("input") {
        case .string(let text)? where !text.isEmpty: texts = [text]
        case .array(let items)? where !items.isEmpty:
            texts = items.compactMap(\.string).filter { !$0.isEmpty }
            if texts.count < items.count, let index = items.firstIndex(where: { ($0.string ?? "").isEmpty }) {
                fields.fault("input[\(index)]", expected: "a non-empty string", got: items[index])
            }
        case let value:
            fields.fault("input", expected: "a non-empty string or a list of such", got: value)
        }
        if let error { throw error }
        if texts.count > limits.embedInputs { throw .tooLarge("input", "texts", limits.embedInputs, got: texts.count) }
        let size = texts.reduce(0) { $0 + $1.utf8.count }
        if size > limits.messageBytes { throw .tooLarge("input", "bytes", limits.messageBytes, got: size) }
        return texts
    }

    /// Reads the fields of `remember`, `recall` and `forget`.
    ///
    /// `user_id` is whom it is about, where that is not who asks: the author of what is remembered or looked for. A request
    /// that names nobody is the operator's own, and may have anything forgotten.
    mutating func memory(_ verb: MemoryVerb, _ admins: Set<String>) -> MemoryOperation {
        let user = fields.string("user_id", maxBytes: 256)
        let speaker = context.speaker
        switch verb {
        case .remember:
            let text = fields.requiredString(fields.value("content") == nil ? "message" : "content")
            let category = choice("category", Memory.Category.self, expected: "fact, preference or topic")
            let importance = fields.integer("importance", in: Memory.importances, as: "a whole number from 1 to 5")
            return .remember(
                text ?? "", category: category ?? .fact, importance: importance ?? 1, author: user ?? speaker)
        case .recall:
            let query = fields.requiredString("query", maxBytes: Memory.maxBytes)
            let limit = fields.integer(
                "limit", in: 1...MemoryBook.maxMemories, as: "a whole number from 1 to \(MemoryBook.maxMemories)")
            return .recall(query ?? "", author: user, limit: limit ?? 5, user: speaker)
        case .forget:
            let id = fields.requiredString("memory_id", maxBytes: 64)
            let isNamed = user != nil || Spelling.user.contains { fields.value($0) != nil }
            let asker = user ?? speaker
            return .forget(id ?? "", by: asker, isAdmin: !isNamed || asker.map(admins.contains) ?? false)
        }
    }

    /// Returns one of a few words; nil if the field is absent or wrong, which is recorded.
    private mutating func choice<Word: RawRepresentable>(
        _ field: String, _: Word.Type, expected: String
    ) -> Word? where Word.RawValue == String {
        guard let name = fields.string(field) else { return nil }
        let word = Word(rawValue: name)
        if word == nil { fields.fault(field, expected: expected, got: .string(name)) }
        return word
    }
}
