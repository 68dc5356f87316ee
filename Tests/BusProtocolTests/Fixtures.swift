import JSON
import LLMService
import LanguageModels

@testable import BusProtocol

/// The object of a JSON text that a test wrote.
func object(_ text: String) -> [String: JSONValue] { JSONValue.parse(Array(text.utf8))?.object ?? [:] }

/// The object of a payload.
func object(_ payload: [UInt8]) -> [String: JSONValue] { JSONValue.parse(payload)?.object ?? [:] }

/// A text of JSON with room for a field's value: `{"action":"chat",…,"FIELD":VALUE}`.
func request(_ action: String = "chat", _ fields: String...) -> [String: JSONValue] {
    object("{" + ([#""action":"\#(action)""#] + fields).joined(separator: ",") + "}")
}

extension LLMRequest {
    /// Decodes an object whose text is not known.
    static func decode(_ object: [String: JSONValue], reply: String?, limits: RequestLimits) -> DecodedRequest {
        decode(JSONObject(object), reply: reply, limits: limits)
    }
}

extension DecodedRequest {
    /// What is wrong with the message, if anything is.
    var failure: LLMError? { if case .failure(let error) = operation { error } else { nil } }
    /// What was asked for, where nothing is wrong.
    var value: BusProtocol.Operation? { try? operation.get() }
    /// How it is to be answered, where nothing is wrong and a model is to work.
    var generation: RequestOptions? { if case .generate? = value { options } else { nil } }
}

extension ReplyContext {
    /// The subjects that replies go to.
    var replySubjects: [String] {
        var subjects: [String] = []
        forEachReplySubject { subjects.append($0) }
        return subjects
    }
}

extension BusProtocol.Operation {
    /// It in a few words.
    var words: String {
        switch self {
        case .generate(.chat(let message, let channel, let user)): "chat \(channel) \(user ?? "-"): \(message)"
        case .generate(.retry(let channel)): "retry \(channel)"
        case .generate(.complete(.text(let prompt, _))): "complete: \(prompt)"
        case .generate(.complete(.messages(let messages))): "complete: \(messages.count) messages"
        case .generate(.summarize(let text, let words, let style)): "summarize \(words) \(style): \(text)"
        case .generate(.embed(let texts)): "embed: \(texts.joined(separator: "|"))"
        case .reset(let channel): "reset \(channel)"
        case .personas(let channel, let model): "personas \(channel ?? "-")\(model ? " and model" : "")"
        case .setPersona(let name, let channel): "persona \(channel): \(name)"
        case .models(let provider): "models \(provider ?? "-")"
        case .channelModel(let channel): "model of \(channel)"
        case .setModel(let name, let channel): "model \(channel): \(name)"
        case .memory(.remember(let text, let category, let importance, let author), let channel):
            "remember \(channel) \(category) \(importance) \(author ?? "-"): \(text)"
        case .memory(.recall(let text, let author, let limit, let user), let channel):
            "recall \(channel) \(author ?? "-") \(limit) \(user ?? "-"): \(text)"
        case .memory(.forget(let id, let user, let isAdmin), let channel):
            "forget \(channel) \(user ?? "-")\(isAdmin ? " admin" : ""): \(id)"
        case .usage(let user): "usage \(user ?? "-")"
        case .status: "status"
        case .cancel(let order): "cancel \(order)"
        case .help(let channel): "help \(channel)"
        }
    }
}
