/// What somebody asked for, whichever way it came.
enum RequestKind: String, Sendable, CaseIterable {
    case chat, retry, complete, summarize, embed, remember, recall, forget, reset, persona, model, models, status,
        usage, cancel, help
    /// Something that there is not, or that could not be read.
    case unknown
}

extension RequestKind {
    /// - Parameter verb: what is done with a memory.
    init(_ verb: MemoryVerb) {
        self =
            switch verb {
            case .remember: .remember
            case .recall: .recall
            case .forget: .forget
            }
    }

    init(_ call: Call) {
        self =
            switch call {
            case .chat: .chat
            case .complete: .complete
            case .summarize: .summarize
            case .memoryAdd: .remember
            case .memoryRecall: .recall
            case .personaGet, .personaSet, .personaList: .persona
            case .status: .status
            case .usage: .usage
            case .models: .models
            }
    }

    init(_ command: ChatCommand) {
        self =
            switch command {
            case .message: .chat
            case .retry: .retry
            case .help: .help
            case .reset: .reset
            case .personas, .persona: .persona
            case .models: .models
            case .model: .model
            case .stop: .cancel
            case .usage: .usage
            case .memory(let verb, _): RequestKind(verb)
            }
    }
}
