import JSON
import LLMService
import LanguageModels
import ServiceRuntime

/// A message on `llm.request` (wire contract, section 3).
enum RequestMessage {
    /// A model is to work.
    case work(Work, RequestOptions)
    case reset(channel: String)
    /// The persona to set; nil: which there are.
    case persona(String?, channel: String)
    /// Something is to be done with a channel's memory.
    case memory(MemoryRequest, channel: String)
    case models(provider: String?)
    /// How the service does.
    case status
    case cancel(requestID: String?, channel: String?)

    /// Reads a message.
    ///
    /// - Returns: what comes back in the answer, and the message or what is wrong with it.
    static func read(
        _ object: [String: JSONValue], reply: String?, limits: Limits
    ) -> (Echo, Result<RequestMessage, LLMError>) {
        var reader = MessageReader(object, reply: reply)
        reader.requestID(nil)
        reader.replyTo()
        reader.stream()
        do throws(LLMError) {
            let message = try read(&reader, limits)
            if let error = reader.error { return (reader.echo, .failure(error)) }
            return (reader.echo, .success(message))
        } catch {
            return (reader.echo, .failure(error))
        }
    }

    /// How much is taken.
    struct Limits: Sendable {
        var messageBytes: Int
        var messages = 512
        var images = 8
        var imageBytes = 4 << 20
        var embedInputs = 256
        var timeout: Duration
        /// Who may have anything forgotten.
        var admins: Set<String> = []
    }

    private static let actions =
        ["chat", "complete", "summarize", "reset", "persona", "cancel", "models", "embed", "status"]
        + MemoryVerb.allCases.map(\.rawValue)
    private static let actionsOfChannels =
        ["chat", "reset", "persona"] + MemoryVerb.allCases.map(\.rawValue)

    private static func read(_ reader: inout MessageReader, _ limits: Limits) throws(LLMError) -> RequestMessage {
        guard case .string(let action)? = reader.fields.raw("action") else {
            _ = reader.channel(["channel_id"], required: false)
            reader.fields.fault(
                "action", expected: "one of \(actions.joined(separator: ", "))", got: reader.fields.raw("action"))
            throw reader.error ?? LLMError(.invalidRequest, "action: expected a string")
        }
        reader.setAction(action)
        let channel = reader.channel(["channel_id"], required: actionsOfChannels.contains(action))
        let speaker = reader.speaker(["username"])
        guard actions.contains(action) else {
            throw LLMError(.unknownAction, "Unknown action: \(action.excerpt)")
        }
        reader.setScope(action, channel ?? "")
        if let verb = MemoryVerb(rawValue: action) {
            return .memory(try memory(verb, &reader, speaker, limits.admins), channel: channel ?? "")
        }
        let provider = reader.fields.string("provider", maxBytes: 128)
        switch action {
        case "chat", "complete":
            var options = try generation(&reader, limits)
            options.provider = provider
            options.channel = channel
            let work =
                action == "chat"
                ? try chat(&reader, channel, speaker, limits) : try complete(&reader, &options, limits)
            return .work(work, options)
        case "summarize":
            var options = try generation(&reader, limits)
            options.provider = provider
            options.channel = channel
            return .work(try summary(&reader, limits), options)
        case "embed":
            var options = RequestOptions(requestID: reader.echo.requestID)
            target(&reader, &options, limits)
            options.provider = provider
            options.channel = channel
            return .work(.embed(try embedInputs(&reader, limits)), options)
        case "reset":
            return .reset(channel: channel ?? "")
        case "persona":
            return .persona(reader.fields.string("persona", maxBytes: 128), channel: channel ?? "")
        case "models":
            return .models(provider: provider)
        case "status":
            return .status
        default:
            let target = reader.fields.string("request_id", maxBytes: 128)
            if target == nil, channel == nil {
                throw reader.error ?? LLMError(.invalidRequest, "request_id: expected a request to cancel, got nothing")
            }
            reader.renewID()
            return .cancel(requestID: target, channel: target == nil ? channel : nil)
        }
    }

    /// In whose name it is asked: the user's that is named, or else the plugin's own.
    private static func caller(_ reader: inout MessageReader) -> Caller {
        if let username = reader.username { return .user(username) }
        return .plugin(reader.plugin())
    }

    static func chat(
        _ reader: inout MessageReader, _ channel: String?, _ speaker: String?, _ limits: Limits
    ) throws(LLMError) -> Work {
        let message = reader.fields.requiredString("message") ?? ""
        if reader.fields.value("system") != nil {
            throw LLMError(.invalidRequest, "system: expected only with the action complete")
        }
        if let error = reader.error { throw error }
        if message.utf8.count > limits.messageBytes { throw .tooLong("message", message, limits.messageBytes) }
        return .chat(message: message, channel: channel ?? "", username: speaker)
    }

    static func complete(
        _ reader: inout MessageReader, _ options: inout RequestOptions, _ limits: Limits
    ) throws(LLMError) -> Work {
        options.tools = try tools(&reader, limits)
        options.system = reader.fields.string("system")
        if let system = options.system, system.utf8.count > limits.messageBytes {
            throw .tooLong("system", system, limits.messageBytes)
        }
        if reader.fields.value("messages") != nil {
            let messages = try messages(&reader, limits)
            if let error = reader.error { throw error }
            let size = messages.reduce(0) { $0 + $1.size }
            if size > limits.messageBytes {
                throw LLMError(.tooLarge, "messages: expected at most \(limits.messageBytes) bytes, got \(size)")
            }
            return .complete(.messages(messages))
        }
        let prompt = reader.fields.requiredString("message") ?? ""
        if let error = reader.error { throw error }
        if prompt.utf8.count > limits.messageBytes { throw .tooLong("message", prompt, limits.messageBytes) }
        return .complete(.text(prompt, system: nil))
    }

    /// The fields that say how an answer is to be made.
    static func generation(
        _ reader: inout MessageReader, _ limits: Limits
    ) throws(LLMError) -> RequestOptions {
        var options = RequestOptions(requestID: reader.echo.requestID)
        target(&reader, &options, limits)
        options.persona = reader.fields.string("persona", maxBytes: 128)
        options.temperature = reader.fields.number("temperature", in: 0...2, as: "a number from 0 to 2")
        let maxTokens = reader.fields.integer(
            "max_tokens", in: 0...Int(Int32.max), as: "a whole number of at least 1 (0 or null: no limit)")
        options.maxTokens = maxTokens == 0 ? nil : maxTokens
        options.stop = reader.fields.strings("stop", atMost: 16) ?? []
        options.images = try images(&reader, limits)
        options.format = try format(&reader, limits)
        return options
    }

    /// The model, in whose name it is asked, and how long it may take.
    private static func target(_ reader: inout MessageReader, _ options: inout RequestOptions, _ limits: Limits) {
        options.caller = caller(&reader)
        options.model = reader.fields.string("model", maxBytes: 256).flatMap { $0.isEmpty ? nil : $0 }
        let cap = limits.timeout.seconds
        if let seconds = reader.fields.number("timeout_s", in: 0.001...1e9, as: "a number of seconds above 0") {
            options.timeout = .milliseconds(Int(min(seconds, cap) * 1000))
        }
    }
}
