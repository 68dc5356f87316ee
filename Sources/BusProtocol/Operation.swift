package import Conversations
package import LLMService

/// What a request asks of the service, whichever way it came.
package enum Operation: Sendable {
    /// A model answers.
    case generate(Work)
    /// Removes a channel's conversation.
    case reset(channel: String)
    /// Which personas there are, and which one the channel has, if one is named; its model too, if that is wanted.
    case personas(channel: String?, includingModel: Bool = false)
    case setPersona(String, channel: String)
    /// Which models there are, of one provider or of all.
    case models(provider: String?)
    /// Which models there are, and which one the channel has.
    case channelModel(channel: String)
    case setModel(String, channel: String)
    case memory(MemoryOperation, channel: String)
    /// What a user has asked and spent; nil: all together.
    case usage(user: String?)
    /// Returns the state of the service.
    case status
    case cancel(StopOrder)
    /// Lists the commands of a room.
    case help(channel: String)
}

extension Operation {
    /// The kind of an operation, as metrics name it.
    package enum Kind: String, Sendable, CaseIterable {
        case chat, retry, complete, summarize, embed, remember, recall, forget, reset, persona, model, models, status,
            usage, cancel, help
        /// Something that there is not, or that could not be read.
        case unknown
    }

    /// What kind it is.
    package var kind: Kind {
        switch self {
        case .generate(.chat): .chat
        case .generate(.retry): .retry
        case .generate(.complete): .complete
        case .generate(.summarize): .summarize
        case .generate(.embed): .embed
        case .reset: .reset
        case .personas, .setPersona: .persona
        case .models, .channelModel: .models
        case .setModel: .model
        case .memory(let operation, _): operation.verb.kind
        case .usage: .usage
        case .status: .status
        case .cancel: .cancel
        case .help: .help
        }
    }

    /// The channel that it is for; nil where it is for none.
    package var channel: String? {
        switch self {
        case .generate(.chat(_, let channel, _)), .generate(.retry(let channel)), .reset(let channel),
            .setPersona(_, let channel), .channelModel(let channel), .setModel(_, let channel),
            .memory(_, let channel), .help(let channel):
            channel
        case .personas(let channel, _): channel
        case .cancel(.channel(let channel)), .cancel(.user(_, let channel)): channel
        case .generate, .models, .usage, .status, .cancel(.request): nil
        }
    }
}

/// Which requests to stop, in whichever instance they run.
package enum StopOrder: Sendable, Equatable {
    case request(String)
    case channel(String)
    /// What one user asked for in a channel.
    case user(String, channel: String)
}

/// An operation on a channel's memory.
package enum MemoryOperation: Sendable {
    case remember(String, category: Memory.Category, importance: Int, author: String?)
    case recall(String, author: String?, limit: Int, user: String?)
    case forget(String, by: String?, isAdmin: Bool)

    /// The word for it.
    package var verb: MemoryVerb {
        switch self {
        case .remember: .remember
        case .recall: .recall
        case .forget: .forget
        }
    }

    /// What is to be remembered, looked for or forgotten; empty where nothing was typed.
    package var text: String {
        switch self {
        case .remember(let text, _, _, _), .recall(let text, _, _, _), .forget(let text, _, _): text
        }
    }
}

/// The commands for a channel's memory.
package enum MemoryVerb: String, CaseIterable, Sendable {
    case remember, recall, forget

    /// The kind of its operation: it has the same name.
    package var kind: Operation.Kind { Operation.Kind(rawValue: rawValue) ?? .unknown }

    /// What a room is told where nothing follows the word.
    package var usage: String {
        switch self {
        case .remember: "Usage: !chat remember <fact>"
        case .recall: "Usage: !chat recall <query>"
        case .forget: "Usage: !chat forget <memory_id>"
        }
    }

    /// How important it is what people want remembered by their own hand: more than what a model finds worth it.
    private static let importance = 3

    /// Returns what is to be done with a text that was typed.
    func operation(_ text: String, by speaker: String?, isAdmin: Bool) -> MemoryOperation {
        switch self {
        case .remember: .remember(text, category: .fact, importance: Self.importance, author: speaker)
        case .recall: .recall(text, author: nil, limit: 5, user: speaker)
        case .forget: .forget(text, by: speaker, isAdmin: isAdmin)
        }
    }
}
